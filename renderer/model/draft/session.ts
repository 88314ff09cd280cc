/**
 * The build sheet's state: from a drop over the inspection and the fields to the task that builds. One at a time.
 *
 * Every change of subject makes a new `AbortController`; what comes back late for an old one is dropped.
 */

import { toast } from "sonner";
import { create } from "zustand";
import { isContainerArchive, isRegistryReference } from "../../../shared/container-reference.ts";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Companion, Inspection, Runtime } from "../../../shared/contract/programs.ts";
import type { Task } from "../../../shared/contract/tasks.ts";
import { isLibraryName } from "../../../shared/elf.ts";
import { Problem, type ProblemReport } from "../../../shared/problem.ts";
import { pathOfFile } from "../../platform/host.ts";
import { problemOf } from "../../platform/problem-of.ts";
import { useSettings } from "../engine.ts";
import { type HandOver, handOver, handOverExtras } from "../hand-over.ts";
import { type AddedFile, configuredDraft, type Draft, draftFor } from "./draft.ts";
import { type Dropped, type DroppedFile, findConfiguration, findProgram, findProject } from "./dropped.ts";
import { withEarlier } from "./earlier.ts";
import { placeLibrary } from "./place-library.ts";
import { portsFor } from "./ports.ts";
import { useRun } from "./run-session.ts";

export type Stage =
  /** Nothing chosen yet. */
  | "choose"
  /** Files are being handed over, or the program is being looked at. */
  | "reading"
  /** The fields can be filled in. */
  | "ready"
  /** It is no program that can be built. */
  | "refused"
  /** A task builds it. */
  | "building";

interface BuildState {
  open: boolean;
  stage: Stage;
  title: string;
  handOver: HandOver | undefined;
  inspection: Inspection | undefined;
  inspectedMs: number | undefined;
  draft: Draft | undefined;
  problem: ProblemReport | undefined;
  taskId: string | undefined;
  /** Whether what becomes of the task is still shown here. */
  isFollowed: boolean;
  /** The sheet has closed because what it was about runs: its console is where to go on. */
  hasRun: boolean;
  /** Something was changed by hand: it is kept when the sheet is closed. */
  isEdited: boolean;
  /** Values come from a draft that was kept. */
  isRestored: boolean;
  /** What belongs to the program where that is an interpreter: it is offered. */
  companion: Companion | undefined;
  /** What an interpreter uses besides: it is offered too, but does without. */
  offers: readonly Companion[];
  /** What was refused is a script, and this host has its interpreter. */
  script: { path: string; name: string; interpreter: Runtime["interpreter"]; missing: Runtime["missing"] } | undefined;
  /** Dropped on the open sheet, with a program among it: whether that is added or built is asked. */
  doubtful: { dropped: Dropped; program: DroppedFile } | undefined;
  /** A container image that is being pulled. */
  pulling: Task | undefined;
}

/** What was on a sheet that was closed before it was built. */
type Kept = Pick<BuildState, "title" | "inspection" | "inspectedMs" | "draft">;

interface BuildSlice extends BuildState {
  /** The latest draft that was edited and neither built nor discarded. */
  kept: Kept | undefined;
  /** Opens the sheet: with the draft that was kept, else with nothing in it. */
  choose(): void;
  /** Empties the sheet, whose draft is not wanted any more. */
  discardDraft(): void;
  /** Adds what belongs to the interpreter on the sheet, or what it uses besides. */
  addCompanion(companion: Companion): void;
  /** Takes the interpreter as the program, and the script as its argument. */
  takeScript(client: UnideckClient): Promise<void>;
  /** Answers what was asked about `doubtful`. */
  addDoubtful(client: UnideckClient): Promise<void>;
  buildDoubtful(client: UnideckClient): Promise<void>;
  dismissDoubtful(): void;
  takeDrop(client: UnideckClient, dropped: Promise<Dropped>): Promise<void>;
  takePath(client: UnideckClient, path: string): Promise<void>;
  /** More files for the program that is already on the sheet. */
  addFiles(client: UnideckClient, extras: Dropped): Promise<void>;
  edit(change: Partial<Draft>): void;
  building(taskId: string): void;
  /** A build without fields, such as the sample's. Its sheet opens with `reveal`, once it takes long enough to be seen. */
  buildingUnseen(taskId: string, title: string): void;
  reveal(taskId: string): void;
  /** It runs: the sheet has done its work. */
  finish(): void;
  /** A build did not come to its end: back to the fields where there are some, with the reason why. */
  backToFields(problem: ProblemReport | undefined): void;
  close(): void;
}

const closed: BuildState = {
  open: false,
  stage: "choose",
  title: "",
  handOver: undefined,
  inspection: undefined,
  inspectedMs: undefined,
  draft: undefined,
  problem: undefined,
  taskId: undefined,
  isFollowed: false,
  hasRun: false,
  isEdited: false,
  isRestored: false,
  companion: undefined,
  offers: [],
  script: undefined,
  doubtful: undefined,
  pulling: undefined,
};

let current = new AbortController();

function begin(): AbortSignal {
  current.abort();
  current = new AbortController();
  return current.signal;
}

function problemOfTask(task: Task | undefined): Problem {
  const { code, message, hint } = task?.problem ?? {};
  if (code === undefined || message === undefined) return new Problem("task.cancelled", "The pull was cancelled");
  return new Problem(code, message, hint === undefined ? {} : { hint });
}

/** As file managers know disk images of Unideck and OPS. */
const isImageFile = (path: string) => /\.(?:img|raw)$/i.test(path);

export const useBuild = create<BuildSlice>()((set, get) => {
  // Both are offers: where nothing can be found out, nothing is offered.
  const offerCompanion = async (client: UnideckClient, path: string, signal: AbortSignal) => {
    const { companion, offers = [] } = await client.programs.runtime({ path }, { signal }).catch((): Runtime => ({}));
    if (!signal.aborted) set({ companion, offers });
  };
  const offerInterpreter = async (client: UnideckClient, path: string, signal: AbortSignal) => {
    const { interpreter, missing } = await client.programs.runtime({ path }, { signal }).catch((): Runtime => ({}));
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (!signal.aborted && (interpreter || missing)) set({ script: { path, name, interpreter, missing } });
  };

  const inspect = async (
    client: UnideckClient,
    path: string,
    change: Partial<Pick<Draft, "files" | "programPath">>,
    signal: AbortSignal,
  ) => {
    const startedAt = performance.now();
    const inspection = await client.programs.inspect({ path }, { signal }).catch(async (error: unknown) => {
      await offerInterpreter(client, path, signal);
      throw error;
    });
    performance.mark("unideck:inspected");
    signal.throwIfAborted();
    void offerCompanion(client, path, signal);
    const draft = withEarlier(draftFor(inspection, useSettings.getState().settings), inspection);
    const inspectedMs = performance.now() - startedAt;
    const title = inspection.program.fileName;
    const { files: extras = [], programPath = "" } = change;
    const kept = draft.files.filter(({ guest }) => !extras.some((one) => one.guest === guest));
    const changed = { ...draft, files: [...kept, ...extras], ...(programPath !== "" && { programPath }) };
    set({ stage: "ready", title, inspection, inspectedMs, draft: changed, handOver: undefined });
  };

  /** Pulls a container image, or unpacks it, and reads what it asks for. */
  const openContainer = async (client: UnideckClient, reference: string, signal: AbortSignal) => {
    const { id } = await client.containers.pull({ reference }, { signal });
    const cancel = () => void client.tasks.cancel({ id }).catch(() => undefined);
    signal.addEventListener("abort", cancel, { once: true });
    let task: Task | undefined;
    for await (task of await client.tasks.follow({ id }, { signal })) set({ pulling: task });
    signal.removeEventListener("abort", cancel);
    set({ pulling: undefined });
    const container = task?.result?.container;
    if (container === undefined) throw problemOfTask(task);
    const configuration = await client.containers.open({ id: container }, { signal });
    await takeConfiguration(client, configuration, signal);
    // What it declares is published, as the run sheet of an image does.
    const ports = portsFor(configuration.build.ports);
    if (ports !== "") set(({ draft }) => ({ draft: draft && { ...draft, ports } }));
  };

  const openConfiguration = async (client: UnideckClient, path: string, signal: AbortSignal) =>
    takeConfiguration(client, await client.configurations.open({ path }, { signal }), signal);

  const takeConfiguration = async (client: UnideckClient, configuration: Configuration, signal: AbortSignal) => {
    const { program: named, build } = configuration;
    if (named === undefined)
      throw new Problem("config.invalid", `${configuration.path} names no program`, {
        hint: "Set Program in it, or open the program itself.",
      });
    const inspection = await client.programs.inspect({ path: named, sysroot: build.sysroot }, { signal });
    signal.throwIfAborted();
    const draft = configuredDraft(draftFor(inspection, useSettings.getState().settings), configuration);
    const offers = configuration.guess?.offers ?? [];
    set({ stage: "ready", title: inspection.program.fileName, inspection, draft, offers, handOver: undefined });
  };

  /** A folder is opened as the configuration in it, or as the project that it looks like. */
  const open = async (client: UnideckClient, path: string, signal: AbortSignal) => {
    if (isContainerArchive(path) || isRegistryReference(path)) return await openContainer(client, path, signal);
    if (/\.json$|\/package\.manifest$/.test(path)) return await openConfiguration(client, path, signal);
    try {
      await inspect(client, path, {}, signal);
    } catch (error) {
      if (problemOf(error).code !== "file.is-directory") throw error;
      await openConfiguration(client, path, signal);
    }
  };

  const guarded = async (signal: AbortSignal, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) set({ stage: "refused", problem: problemOf(error), handOver: undefined });
    }
  };

  /** Settles when the program that is being read has been read. Never rejects. */
  let reading: Promise<void> = Promise.resolve();

  const takeNew = async (client: UnideckClient, dropping: Promise<() => Dropped>) => {
    const signal = begin();
    // An image that is run takes no files.
    useRun.getState().close();
    set({ ...closed, open: true, stage: "reading", title: "" });
    await guarded(signal, async () => {
      const dropped = (await dropping)();
      const options = { client, signal, onProgress: (handOver: HandOver) => set({ handOver }) };
      const configuration = findConfiguration(dropped);
      const folder = configuration?.isFolder ? pathOfFile(configuration.host.file) : undefined;
      if (folder) return await openConfiguration(client, folder, signal);
      if (configuration && !configuration.isFolder)
        return await openConfiguration(client, await handOver(configuration.host, options), signal);
      const project = await findProject(dropped);
      const projectPath = project ? pathOfFile(project) : "";
      if (projectPath !== "") return await openConfiguration(client, projectPath, signal);
      // A single file is inspected whatever it is, so that it can be said what it is.
      const [only, another] = dropped.files;
      const program = (await findProgram(dropped.files)) ?? (another ? undefined : only);
      if (!program) throw nothingToRun(dropped);
      set({ title: program.file.name });
      const path = await handOver(program, options);
      if (!another && isContainerArchive(program.file.name)) return await openContainer(client, path, signal);
      const others = { ...dropped, files: dropped.files.filter((file) => file !== program) };
      const files = await handOverExtras(others, options);
      // In a folder it keeps its place among the others, also where each of them comes by itself.
      const isAlone = !program.relativePath.includes("/") || files.some(({ kind }) => kind === "folder");
      await inspect(client, path, { files, programPath: isAlone ? "" : `/${program.relativePath}` }, signal);
    });
  };

  /** Adds what was dropped on the open sheet; where a program is among it, that is asked first. */
  const takeMore = async (client: UnideckClient, dropping: Promise<() => Dropped>) => {
    try {
      const dropped = (await dropping)();
      const program = await findProgram(dropped.files);
      if (program && !isLibraryName(program.file.name)) set({ doubtful: { dropped, program } });
      else await addFiles(client, dropped);
    } catch (error) {
      set({ problem: problemOf(error) });
    }
  };

  const addFiles = async (client: UnideckClient, extras: Dropped) => {
    const { signal } = current;
    try {
      const added = await handOverExtras(extras, { client, signal, onProgress: (handOver) => set({ handOver }) });
      const { draft, inspection } = get();
      if (signal.aborted || !draft) return;
      const placed = inspection ? added.map((file) => placeLibrary(file, inspection.libraries)) : added;
      const others = draft.files.filter(({ guest }) => !placed.some((one) => one.guest === guest));
      set({ draft: { ...draft, files: [...others, ...placed] }, problem: undefined, isEdited: true });
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) });
    } finally {
      if (!signal.aborted) set({ handOver: undefined });
    }
  };

  return {
    ...closed,
    kept: undefined,
    choose: () => {
      const { kept, open } = get();
      // It is there already, with whatever is on it.
      if (open) return;
      begin();
      set(
        kept
          ? { ...closed, ...kept, open: true, stage: "ready", isEdited: true, isRestored: true, kept: undefined }
          : { ...closed, open: true },
      );
    },
    discardDraft: () => {
      begin();
      set({ ...closed, open: true, kept: undefined });
    },
    takeDrop: async (client, dropping) => {
      performance.mark("unideck:drop");
      const dropped = dropping.then(
        (files) => () => files,
        (error: unknown) => () => {
          throw error;
        },
      );
      // What is dropped while a program is being read belongs to that program.
      if (get().open && get().stage === "reading") await reading;
      const { open, stage } = get();
      if (open && stage === "building") {
        toast.info("A build is running. Drop the files again when it has ended.");
        return;
      }
      if (open && stage === "ready") return await takeMore(client, dropped);
      reading = takeNew(client, dropped);
      await reading;
    },
    addCompanion: (companion) =>
      set(({ draft }) => {
        if (!draft) return {};
        const sizes = companion.folders.length === 1 ? { sizeBytes: companion.sizeBytes } : {};
        const added = companion.folders.map((folder): AddedFile => ({ ...folder, kind: "folder", ...sizes }));
        return { draft: { ...draft, files: [...draft.files, ...added] }, isEdited: true };
      }),
    takeScript: async (client) => {
      const { script } = get();
      if (!script) return;
      const signal = begin();
      set({ ...closed, open: true, stage: "reading", title: script.name });
      reading = guarded(signal, () => openConfiguration(client, script.path, signal));
      await reading;
    },
    addDoubtful: async (client) => {
      const { doubtful } = get();
      set({ doubtful: undefined });
      if (doubtful) await addFiles(client, doubtful.dropped);
    },
    buildDoubtful: async (client) => {
      const { doubtful } = get();
      if (!doubtful) return;
      const { dropped } = doubtful;
      reading = takeNew(
        client,
        Promise.resolve(() => dropped),
      );
      await reading;
    },
    dismissDoubtful: () => set({ doubtful: undefined }),
    takePath: async (client, path) => {
      const image = isImageFile(path) && (await client.images.get({ name: path }).catch(() => undefined));
      // What is no image is said on the sheet, as for any other file.
      if (image && image.damage === undefined) return useRun.getState().ask(image);
      const signal = begin();
      set({ ...closed, open: true, stage: "reading", title: path.split("/").at(-1) ?? path });
      reading = guarded(signal, () => open(client, path, signal));
      await reading;
    },
    addFiles,
    edit: (change) =>
      set(({ draft }) => ({ draft: draft && { ...draft, ...change }, problem: undefined, isEdited: true })),
    building: (taskId) => set({ stage: "building", taskId, isFollowed: true, problem: undefined }),
    buildingUnseen: (taskId, title) => {
      begin();
      set({ ...closed, stage: "building", taskId, isFollowed: true, title });
    },
    reveal: (taskId) => get().taskId === taskId && get().isFollowed && set({ open: true }),
    backToFields: (problem) =>
      set(({ draft, open }) => ({
        open: open || problem !== undefined,
        stage: draft ? "ready" : problem ? "refused" : "choose",
        taskId: undefined,
        problem,
      })),
    finish: () => {
      begin();
      set({ ...left, hasRun: true });
    },
    close: () => {
      begin();
      const { stage, isEdited, kept, title, inspection, inspectedMs, draft } = get();
      const isDraft = stage === "ready" && isEdited;
      set({ ...left, hasRun: false, kept: isDraft ? { title, inspection, inspectedMs, draft } : kept });
    },
  };
});

/** Only what makes it go: its content stays until it is out of sight, and the next one begins with its own. */
const left = { open: false, isFollowed: false } satisfies Partial<BuildState>;

function nothingToRun(dropped: Dropped): Problem {
  if (dropped.files.length === 0) {
    return new Problem("file.not-found", "No files were dropped", {
      hint: "Drop a Linux program, or the folder that contains it.",
    });
  }
  return new Problem("elf.not-elf", `None of the ${dropped.files.length} files is a Linux program`, {
    hint: "Drop the compiled program (an ELF file) together with the files it needs.",
    details: dropped.files
      .slice(0, 100)
      .map(({ relativePath }) => relativePath)
      .join("\n"),
  });
}
