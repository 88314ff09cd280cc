/**
 * The build sheet's state: from a drop over the inspection and the fields to the task that builds. One at a time.
 *
 * Every change of subject makes a new `AbortController`; what comes back late for an old one is dropped.
 */

import { create } from "zustand";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Inspection } from "../../../shared/contract/programs.ts";
import { Problem, type ProblemReport } from "../../../shared/problem.ts";
import { pathOfFile } from "../../platform/host.ts";
import { problemOf } from "../../platform/problem-of.ts";
import { useSettings } from "../engine.ts";
import { type HandOver, handOver, handOverExtras } from "../hand-over.ts";
import { configuredDraft, type Draft, draftFor } from "./draft.ts";
import { type Dropped, findConfiguration, findProgram } from "./dropped.ts";

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
  /** The sheet has closed because what it was about runs: its console is where to go on. */
  hasRun: boolean;
}

interface BuildSlice extends BuildState {
  /** Opens the sheet with nothing in it. */
  choose(): void;
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
  hasRun: false,
};

let current = new AbortController();

function begin(): AbortSignal {
  current.abort();
  current = new AbortController();
  return current.signal;
}

export const useBuild = create<BuildSlice>()((set, get) => {
  const inspect = async (
    client: UnideckClient,
    path: string,
    change: Partial<Pick<Draft, "files" | "programPath">>,
    signal: AbortSignal,
  ) => {
    const startedAt = performance.now();
    const inspection = await client.programs.inspect({ path }, { signal });
    performance.mark("unideck:inspected");
    signal.throwIfAborted();
    const draft = draftFor(inspection, useSettings.getState().settings);
    const inspectedMs = performance.now() - startedAt;
    const title = inspection.program.fileName;
    set({ stage: "ready", title, inspection, inspectedMs, draft: { ...draft, ...change }, handOver: undefined });
  };

  const openConfiguration = async (client: UnideckClient, path: string, signal: AbortSignal) => {
    const configuration = await client.configurations.open({ path }, { signal });
    const { program: named, build } = configuration;
    if (named === undefined)
      throw new Problem("config.invalid", `${configuration.path} names no program`, {
        hint: "Say which in it, as Program; or open the program itself.",
      });
    const inspection = await client.programs.inspect({ path: named, sysroot: build.sysroot }, { signal });
    signal.throwIfAborted();
    const draft = configuredDraft(draftFor(inspection, useSettings.getState().settings), configuration);
    set({ stage: "ready", title: inspection.program.fileName, inspection, draft, handOver: undefined });
  };

  /** A folder is opened as the configuration in it. */
  const open = async (client: UnideckClient, path: string, signal: AbortSignal) => {
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

  const addFiles = async (client: UnideckClient, extras: Dropped) => {
    const { signal } = current;
    try {
      const added = await handOverExtras(extras, { client, signal, onProgress: (handOver) => set({ handOver }) });
      const { draft } = get();
      if (!signal.aborted && draft) set({ draft: { ...draft, files: [...draft.files, ...added] }, problem: undefined });
    } catch (error) {
      if (!signal.aborted) set({ problem: problemOf(error) });
    } finally {
      if (!signal.aborted) set({ handOver: undefined });
    }
  };

  return {
    ...closed,
    choose: () => {
      begin();
      set({ ...closed, open: true });
    },
    takeDrop: async (client, dropping) => {
      performance.mark("unideck:drop");
      const adding = get().open && get().stage === "ready";
      const signal = adding ? current.signal : begin();
      if (!adding) set({ ...closed, open: true, stage: "reading", title: "" });
      await guarded(signal, async () => {
        const dropped = await dropping;
        const configuration = adding ? undefined : findConfiguration(dropped);
        const folder = configuration?.isFolder ? pathOfFile(configuration.host.file) : undefined;
        if (folder) return await openConfiguration(client, folder, signal);
        if (configuration && !configuration.isFolder) {
          const options = { client, signal, onProgress: (handOver: HandOver) => set({ handOver }) };
          return await openConfiguration(client, await handOver(configuration.host, options), signal);
        }
        const found = await findProgram(dropped.files);
        if (adding && !found) return addFiles(client, dropped);
        // A single file is inspected whatever it is, so that it can be said what it is.
        const program = found ?? (dropped.files.length === 1 ? dropped.files[0] : undefined);
        if (!program) throw nothingToRun(dropped);
        const own = adding ? begin() : signal;
        set({ ...closed, open: true, stage: "reading", title: program.file.name });
        await guarded(own, async () => {
          const options = { client, signal: own, onProgress: (handOver: HandOver) => set({ handOver }) };
          const path = await handOver(program, options);
          const others = { ...dropped, files: dropped.files.filter((file) => file !== program) };
          const files = await handOverExtras(others, options);
          // In a folder it keeps its place among the others, also where each of them comes by itself.
          const isAlone = !program.relativePath.includes("/") || files.some(({ kind }) => kind === "folder");
          await inspect(client, path, { files, programPath: isAlone ? "" : `/${program.relativePath}` }, own);
        });
      });
    },
    takePath: async (client, path) => {
      const signal = begin();
      set({ ...closed, open: true, stage: "reading", title: path.split("/").at(-1) ?? path });
      await guarded(signal, () => open(client, path, signal));
    },
    addFiles,
    edit: (change) => set(({ draft }) => ({ draft: draft && { ...draft, ...change }, problem: undefined })),
    building: (taskId) => set({ stage: "building", taskId, problem: undefined }),
    buildingUnseen: (taskId, title) => {
      begin();
      set({ ...closed, stage: "building", taskId, title });
    },
    reveal: (taskId) => get().taskId === taskId && set({ open: true }),
    backToFields: (problem) =>
      set(({ draft, open }) => ({
        open: open || problem !== undefined,
        stage: draft ? "ready" : problem ? "refused" : "choose",
        taskId: undefined,
        problem,
      })),
    finish: () => {
      begin();
      set({ ...closed, hasRun: true });
    },
    close: () => {
      begin();
      set({ ...closed });
    },
  };
});

function nothingToRun(dropped: Dropped): Problem {
  if (dropped.files.length === 0) {
    return new Problem("file.not-found", "There is no file in what was dropped", {
      hint: "Drop a Linux program, or the folder that it stands in.",
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
