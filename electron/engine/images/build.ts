/** Builds an image from a program: inspects, collects, plans, writes, publishes. What fails leaves nothing behind. */

import { type FileHandle, realpath, rm } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import type { BuildRecord, BuildSpec } from "../../../shared/contract/images.ts";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { Problem } from "../../../shared/problem.ts";
import { type WrittenDisk, writeDisk } from "../formats/disk/write-disk.ts";
import { formatUuid, UUID_BYTES } from "../formats/tfs/log.ts";
import type { NodeId, Tree } from "../formats/tfs/tree.ts";
import { type KernelReleases, type ReleaseFiles, readReleaseFiles } from "../kernels/releases.ts";
import { replaceFile } from "../lib/atomic-file.ts";
import { writeChosenFile } from "../lib/chosen-file.ts";
import { createHash, randomBytes } from "../lib/crypto.ts";
import { refuseIfFull } from "../lib/free-space.ts";
import type { Homes } from "../lib/homes.ts";
import { inWorkFolder } from "../lib/work-folder.ts";
import { findingsFor } from "../programs/inspect.ts";
import { resolveLibraries } from "../programs/libraries.ts";
import { libraryProblem } from "../programs/library-findings.ts";
import { proposeName } from "../programs/name.ts";
import { idleManifestKeys } from "../programs/preflight.ts";
import { type ElfProgram, readProgram } from "../programs/program.ts";
import { placeProgram } from "../programs/program-place.ts";
import { reportedSystem } from "../programs/reported-system.ts";
import type { TaskControl } from "../tasks/task-list.ts";
import { hostPathIn, modulesIn } from "./added-files.ts";
import { claimName, existsProblem } from "./claims.ts";
import { collectAdditions } from "./collect.ts";
import { findCommonFiles } from "./common-files.ts";
import { findHoles } from "./holes.ts";
import { imageMode } from "./image-mode.ts";
import { chooseKlibs, readKlibs } from "./klibs.ts";
import { lostLinkNotes } from "./links.ts";
import { completeTree, type ImagePlan, planImage } from "./plan.ts";
import { writeRecord } from "./records.ts";

export interface BuildContext {
  homes: Pick<Homes, "ops" | "images" | "opsStaging" | "imageRecords" | "uploads">;
  kernels: Pick<KernelReleases, "resolve">;
  /** Whether other accounts may read the image. Files of its owner's alone may be in it, so they may not as a rule. */
  isShared?: boolean;
}

export interface BuiltImage {
  name: string;
  path: string;
  record: BuildRecord;
}

/**
 * Builds the image that `spec` asks for. Throws what the contract lists for `images.build`, and the reason of the task's
 * signal when it is cancelled.
 */
export async function buildImage(spec: BuildSpec, context: BuildContext, task: TaskControl): Promise<BuiltImage> {
  task.phase("Inspecting the program");
  const program = await readProgram(spec.program, task.signal);
  const release = await context.kernels.resolve(spec.kernel);
  checkArchitecture(program, release);
  const releaseFiles = await readFilesOf(release, spec, task.note);

  task.phase("Collecting files");
  const { followLinks, sysroot } = spec;
  const options = { signal: task.signal, note: task.note, onProgress: task.advance, followLinks, sysroot };
  const tree = await collectAdditions(spec.files, spec.folders, options);
  const place = await placeProgram(spec, tree);
  const { libraries, common } = await findNeeds(program, place.path, spec, tree, context);
  const problem = libraryProblem(program.facts.fileName, libraries);
  if (problem) throw problem;
  for (const { message } of findingsFor(program, libraries, release.kind)) task.note(message);
  for (const note of common.notes) task.note(note);
  for (const note of idleManifestKeys(spec.manifest ?? {}, release.kind)) task.note(note);

  const programNode = completeTree(tree, { program, place, libraries, common, manifest: spec.manifest });
  // A reproducible image is the same wherever its files lie, so it does not depend on how the host stores them.
  if (!spec.reproducible) await findHoles(tree, task.signal);
  for (const note of await lostLinkNotes(tree, sysroot)) task.note(note);

  const system = reportedSystem(spec, program, release.kind);
  if (system.note) task.note(system.note);

  const makeUuid = () => (spec.reproducible ? Buffer.alloc(UUID_BYTES) : randomBytes(UUID_BYTES));
  const uuids = { boot: makeUuid(), root: makeUuid() };
  const planAs = (name: string) =>
    planImage({
      ...{ name, spec, place, tree, release, releaseFiles, uuids },
      systemName: system.sysname,
    });
  const finish = (name: string, path: string, plan: ImagePlan, written: WrittenDisk): BuiltImage => ({
    name,
    path,
    record: makeRecord({ spec, program, release, releaseFiles, plan, written }),
  });

  const mode = imageMode(context.isShared ?? false);

  if (spec.out !== undefined) {
    const path = await checkOut(spec.out, spec.program);
    const name = spec.name ?? proposeName(program.facts.fileName);
    const plan = planAs(name);
    const put: Put = (write) => writeChosenFile(path, write, { mode });
    return finish(name, path, plan, await writeImage(plan, { programNode, path }, task, spec, put));
  }
  using claim = await claimName(context.homes, spec, program.facts.fileName, task.signal);
  const plan = planAs(claim.name);
  const written = await inWorkFolder(context.homes.opsStaging, "build", (temporaryFolder) => {
    const place = { mode, folderMode: 0o755, temporaryFolder, mustBeNew: !claim.replaces };
    const fill = async (file: FileHandle, write: (file: FileHandle) => Promise<WrittenDisk>) => {
      // The umask may have taken what the settings give.
      if (context.isShared) await file.chmod(mode);
      return await write(file);
    };
    const put: Put = (write) => replaceFile(claim.path, (file) => fill(file, write), place);
    return writeImage(plan, { programNode, path: claim.path }, task, spec, put).catch((error: unknown) => {
      throw isExists(error) && place.mustBeNew ? existsProblem(claim.name) : error;
    });
  });
  const built = finish(claim.name, claim.path, plan, written);
  try {
    await writeRecord(context.homes, claim.name, built.record);
  } catch (error) {
    // A new image that could not be recorded would be a stranger's from now on.
    if (!claim.replaces) await rm(claim.path, { force: true });
    throw error;
  }
  return built;
}

/** What the image takes from the release, and from the folder of klibs where one is given. */
async function readFilesOf(release: KernelRelease, spec: BuildSpec, note: (line: string) => void) {
  const names = chooseKlibs(spec, release, note);
  if (spec.klibFolder === undefined) return await readReleaseFiles(release, names);
  return { ...(await readReleaseFiles(release)), klibs: await readKlibs(spec.klibFolder, names) };
}

/** Lets an image be written, and puts it in its place when it is whole. */
type Put = (write: (file: FileHandle) => Promise<WrittenDisk>) => Promise<WrittenDisk>;

async function writeImage(
  plan: ImagePlan,
  { programNode, path }: { programNode: NodeId; path: string },
  task: TaskControl,
  { reproducible = false }: Pick<BuildSpec, "reproducible">,
  put: Put,
): Promise<WrittenDisk> {
  return await put(async (file) => {
    await refuseIfFull(dirname(path), plan.contentBytes);
    task.phase("Writing the image", plan.contentBytes, "bytes");
    const written = await writeDisk(file, plan.disk, {
      reproducible,
      signal: task.signal,
      onProgress: task.advance,
      digestOf: programNode,
    });
    task.signal.throwIfAborted();
    task.phase("Saving to disk");
    return written;
  });
}

const isExists = (error: unknown) => error instanceof Problem && error.code === "file.exists";

function checkArchitecture({ facts }: ElfProgram, release: KernelRelease): void {
  if (release.architecture === facts.architecture) return;
  throw new Problem(
    "elf.wrong-architecture",
    `${facts.fileName} is a program for ${facts.architecture}, the kernel release ${release.id} is for ${release.architecture}`,
    { hint: "Choose a kernel release for the program's architecture." },
  );
}

/** What the program needs beyond what is given: libraries, and files that it opens without naming them. */
async function findNeeds(
  program: ElfProgram,
  guestPath: string,
  spec: BuildSpec,
  additions: Tree,
  context: BuildContext,
) {
  if (spec.complete) return { libraries: [], common: { files: [], notes: [] } };
  const isDynamic = program.facts.linkage === "dynamic";
  const needs = await resolveLibraries(program, guestPath, {
    sysroot: spec.sysroot,
    environment: spec.environment,
    inImage: (guestPath) => hostPathIn(additions, guestPath),
    modules: isDynamic ? modulesIn(additions) : [],
  });
  return { libraries: needs.libraries, common: await findCommonFiles(program, needs, context.homes.ops) };
}

/** Throws args.invalid for a relative path, file.exists where the image would replace the program itself. */
async function checkOut(out: string, program: string): Promise<string> {
  if (!isAbsolute(out))
    throw new Problem("args.invalid", `“${out}” is not an absolute path`, {
      hint: "Give the absolute path of the image.",
    });
  const real = (path: string) => realpath(path).catch(() => path);
  if ((await real(out)) === (await real(program)))
    throw new Problem("file.exists", "The image would replace the program that it is built from", {
      hint: "Choose another file for the image.",
    });
  return out;
}

interface RecordFacts {
  spec: BuildSpec;
  program: ElfProgram;
  release: KernelRelease;
  releaseFiles: ReleaseFiles;
  plan: ImagePlan;
  written: WrittenDisk;
}

function makeRecord({ spec, program, release, releaseFiles, plan, written }: RecordFacts): BuildRecord {
  const { path, sizeBytes, modifiedAt } = program.facts;
  return {
    version: 2,
    builtAt: new Date().toISOString(),
    spec,
    program: { path, sizeBytes, modifiedAt, sha256: written.sha256 ?? createHash("sha256").digest("hex") },
    kernel: {
      kind: release.kind,
      version: release.version,
      sha256: createHash("sha256").update(releaseFiles.kernel).digest("hex"),
    },
    image: { sizeBytes: plan.sizeBytes, uuid: formatUuid(written.uuid) },
  };
}
