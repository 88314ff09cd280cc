/** What will go into an image, decided before a byte is written. Pure: the same inputs give the same plan. */

import type { BuildSpec } from "../../../shared/contract/images.ts";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { Problem } from "../../../shared/problem.ts";
import { bootOffset, type DiskLayout } from "../formats/disk/write-disk.ts";
import { layOutVolume } from "../formats/tfs/layout.ts";
import { type FileNode, hostFile, memoryFile, type NodeId, Tree } from "../formats/tfs/tree.ts";
import { fileAt, hasNode, putNode } from "../formats/tfs/tree-paths.ts";
import { Tuple, toBytes } from "../formats/tfs/value.ts";
import type { ReleaseFiles } from "../kernels/releases.ts";
import type { ResolvedLibrary } from "../programs/libraries.ts";
import { conflictProblem } from "../programs/placement.ts";
import type { ElfProgram } from "../programs/program.ts";
import type { ProgramPlace } from "../programs/program-place.ts";
import type { CommonFiles } from "./common-files.ts";
import { addDefaultFiles, makeManifest } from "./manifest.ts";

export interface PlanInputs {
  name: string;
  spec: Pick<
    BuildSpec,
    "arguments" | "environment" | "ports" | "portEntries" | "sizeBytes" | "manifest" | "reproducible"
  >;
  place: ProgramPlace;
  /** The root file system, complete. */
  tree: Tree;
  /** What uname tells the program, where it is not the kernel's own name. */
  systemName?: string | undefined;
  release: KernelRelease;
  releaseFiles: ReleaseFiles;
  /** 16 bytes each. */
  uuids: { boot: Buffer; root: Buffer };
}

export interface ImagePlan {
  disk: DiskLayout;
  sizeBytes: number;
  /** Bytes of all files. */
  contentBytes: number;
}

/** The size of every boot file system (docs/formats.md, "The disk"). */
const BOOT_BYTES = 12 << 20;
/** Room for data that every image gets. */
const SPARE_BYTES = 1 << 20;
/** The same where `/tmp` is a folder of the image, because the program is in it: without one, `/tmp` is in memory. A hole. */
const SPARE_WITH_TMP_BYTES = 64 << 20;

/** Throws args.invalid where the spec contradict each other, kernel.damaged for a kernel that does not fit. */
export function planImage(inputs: PlanInputs): ImagePlan {
  try {
    const boot = planBoot(inputs);
    const root = planRoot(inputs, bootOffset(inputs.releaseFiles.bootLoader.length) + BOOT_BYTES);
    return {
      disk: { bootLoader: inputs.releaseFiles.bootLoader, boot, root },
      sizeBytes: bootOffset(inputs.releaseFiles.bootLoader.length) + boot.sizeBytes + root.sizeBytes,
      contentBytes: boot.contentBytes + root.contentBytes,
    };
  } catch (error) {
    throw conflictProblem(error);
  }
}

function planBoot({ release, releaseFiles, uuids }: PlanInputs) {
  const tree = new Tree();
  putNode(tree, "kernel", memoryFile(releaseFiles.kernel));
  for (const [name, bytes] of releaseFiles.klibs) putNode(tree, `klib/${toBytes(name)}`, memoryFile(bytes));
  const layout = layOutVolume(tree, new Tuple(), {
    uuid: uuids.boot,
    label: "",
    // Nobody writes here.
    withReserves: false,
    withTimes: false,
    spareBytes: 0,
    minimumBytes: BOOT_BYTES,
  });
  if (layout.sizeBytes > BOOT_BYTES)
    throw new Problem(
      "kernel.damaged",
      `The kernel release ${release.id} does not fit into a boot file system of 12 MiB`,
      {
        hint: "Choose fewer klibs, or another release.",
      },
    );
  return layout;
}

/** What goes into the root file system besides the files that were asked for. */
export interface TreeParts {
  program: ElfProgram;
  place: ProgramPlace;
  libraries: readonly ResolvedLibrary[];
  common: CommonFiles;
  manifest: BuildSpec["manifest"];
}

/**
 * Puts program, libraries and default files into a tree of added files, which win; gives the program's file. Throws
 * args.invalid where they contradict each other.
 */
export function completeTree(tree: Tree, { program, place, libraries, common, manifest }: TreeParts): NodeId {
  try {
    const programNode = putNode(tree, toBytes(place.path), hostFile(program.file));
    if (place.link !== undefined && fileAt(tree, toBytes(place.link)) !== programNode)
      putNode(tree, toBytes(place.link), { type: "link", target: toBytes(place.path) });
    const addUnlessThere = (guest: string, node: FileNode) => {
      if (!hasNode(tree, toBytes(guest))) putNode(tree, toBytes(guest), node);
    };
    for (const { guestPath, file, variants = [], variantFiles = [] } of libraries) {
      if (guestPath && file) addUnlessThere(guestPath, hostFile(file));
      variantFiles.forEach((variant, index) => {
        addUnlessThere(variants[index]?.guestPath ?? "", hostFile(variant));
      });
    }
    for (const { guest, file } of common.files) addUnlessThere(guest, hostFile(file));
    addDefaultFiles(tree, manifest);
    return programNode;
  } catch (error) {
    throw conflictProblem(error);
  }
}

function planRoot(inputs: PlanInputs, offsetBytes: number) {
  const { name, spec, place, tree, release, releaseFiles, uuids } = inputs;
  const manifest = makeManifest(
    {
      programPath: place.path,
      arguments: [place.firstArgument, ...spec.arguments],
      environment: spec.environment,
      ports: spec.portEntries ?? spec.ports,
      klibs: [...releaseFiles.klibs.keys()],
      imageName: name,
      systemName: inputs.systemName,
      release,
    },
    spec.manifest,
  );
  const layout = layOutVolume(tree, manifest, {
    uuid: uuids.root,
    label: "",
    withReserves: true,
    // When a copy was made is no part of what it says.
    withTimes: !spec.reproducible,
    spareBytes: place.path.startsWith("/tmp/") ? SPARE_WITH_TMP_BYTES : SPARE_BYTES,
    minimumBytes: Math.max(0, (spec.sizeBytes ?? 0) - offsetBytes),
  });
  return layout;
}
