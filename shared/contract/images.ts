/** Images: bootable disks, ours, those of OPS, or anybody's. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { ManifestValue } from "../ops-config.ts";
import { problems } from "../problem-schema.ts";
import { IMAGE_NAME, MAX_IMAGE_NAME } from "../word-rules.ts";
import { mirrorList } from "./mirror.ts";
import { elfProblems, fileProblems } from "./programs.ts";
import { Task } from "./tasks.ts";

/** At most 200 bytes of a file name that shells and OPS take without quoting. */
export const ImageName = z
  .string()
  .min(1)
  .max(MAX_IMAGE_NAME)
  .regex(IMAGE_NAME, "letters, digits, dot, dash and underscore, beginning with a letter or digit");

/** A host file or folder and where it goes in the image. */
export const Placement = z.object({
  host: z.string().min(1),
  guest: z.string().startsWith("/"),
  /** Of a folder, only the files with such names, at any depth: `*.py`. */
  pattern: z.string().min(1).optional(),
  /** A symbolic link at `host` stays one; without it, what it leads to is added. */
  keepLink: z.boolean().optional(),
});
export type Placement = z.infer<typeof Placement>;

/** What the manifest says beside the program and its start (docs/formats.md, "The manifest"). */
export const ManifestSpec = z.object({
  nameServers: z.array(z.string().regex(/^[^\s]+$/)).optional(),
  /** Each becomes a flag. */
  debugFlags: z.array(z.string().min(1)).optional(),
  /** System calls that are left out of traces. */
  noTrace: z.array(z.string().min(1)).optional(),
  rebootOnExit: z.boolean().optional(),
  /** Volume (label, UUID or `%N`) to mount point. */
  mounts: z.record(z.string().min(1), z.string().startsWith("/")).optional(),
  /** Static addresses of the first interface; where one is given, all four are written. */
  addresses: z
    .object({ ipaddr: z.string(), netmask: z.string(), gateway: z.string(), ip6addr: z.string() })
    .partial()
    .optional(),
  /** Put into the root as it is; replaces keys of the same name. */
  passthrough: z.record(z.string().min(1), ManifestValue).optional(),
});
export type ManifestSpec = z.infer<typeof ManifestSpec>;

/** What a person asks for when building an image. */
export const BuildSpec = z.object({
  /** Absolute path of the program on the engine's machine. */
  program: z.string().min(1),
  /** `arguments[0]` of the manifest, whatever else is said of the program. */
  programName: z.string().min(1).optional(),
  /** How a person named the program, on a command line or in a configuration: it keeps this path in the image, as with OPS. */
  typedProgram: z.string().min(1).optional(),
  /**
   * The program's path in the image; one that ends with a slash is the folder for it. Without it, the path that an added
   * file or folder gives to the program, that of `typedProgram`, or its file name at the root (docs/formats.md, "The
   * program's path").
   */
  programPath: z.string().startsWith("/").optional(),
  /** Defaults to the program's file name without its extension, or a free variation of it. */
  name: ImageName.optional(),
  /** Arguments after the program's own name. */
  arguments: z.array(z.string()).default([]),
  environment: z.record(z.string().regex(/^[^=\0]+$/), z.string()).default({}),
  files: z.array(Placement).default([]),
  folders: z.array(Placement).default([]),
  /** `pith`, a release's version, or the absolute path of a folder with a release; without it, the one in the settings. */
  kernel: z.string().min(1).optional(),
  /** Modules of the kernel release that are loaded at boot. */
  klibs: z.array(z.string().min(1)).default([]),
  /** Absolute path of a folder with such modules, instead of the release's own. */
  klibFolder: z.string().min(1).optional(),
  /** Absolute path of a folder that stands for the root of a system: libraries are looked for there first. */
  sysroot: z.string().min(1).optional(),
  /** What `uname` tells the program (Pith only). Without it, Linux for runtimes that are known to check, else Pith. */
  uname: z.enum(["pith", "linux"]).optional(),
  /** What links in added folders lead to is added too, where the host has it. */
  followLinks: z.boolean().optional(),
  /** The files that are given are all: no libraries, certificates and the like are looked for. */
  complete: z.boolean().optional(),
  manifest: ManifestSpec.optional(),
  /** The least size of the whole image file, in bytes. */
  sizeBytes: z
    .number()
    .int()
    .positive()
    .max(2 ** 44)
    .optional(),
  /** Guest ports to be announced in OPS_PORT. */
  ports: z.array(z.number().int().min(1).max(65535)).default([]),
  /** What OPS_PORT says instead, joined by commas: the `Ports` of a configuration as they are, such as `8080-80`. */
  portEntries: z.array(z.string().min(1)).optional(),
  /** Absolute path of a file that gets the image, instead of the image folder. */
  out: z.string().min(1).optional(),
  /** The same input gives the same image, to the byte: files have no times then. */
  reproducible: z.boolean().optional(),
  /** Overwrite an existing image of that name. */
  force: z.boolean().default(false),
});
export type BuildSpec = z.infer<typeof BuildSpec>;

/** How an image was built: `~/.unideck/images/NAME.json`. */
export const BuildRecord = z.object({
  version: z.literal(2),
  builtAt: z.iso.datetime(),
  spec: BuildSpec,
  program: z.object({
    path: z.string(),
    sizeBytes: z.number().int().min(0),
    modifiedAt: z.iso.datetime(),
    /** Of the bytes that are stored in the image: of a program with holes, without these. */
    sha256: z.string().length(64),
  }),
  kernel: z.object({ kind: z.enum(["pith", "nanos", "unknown"]), version: z.string(), sha256: z.string().length(64) }),
  /** Identity of the image file that this record describes. */
  image: z.object({ sizeBytes: z.number().int().min(0), uuid: z.string() }),
});
export type BuildRecord = z.infer<typeof BuildRecord>;

export const Image = z.object({
  name: z.string(),
  path: z.string(),
  /** Apparent size. */
  sizeBytes: z.number().int().min(0),
  /** What the file takes on the disk. */
  diskBytes: z.number().int().min(0),
  createdAt: z.iso.datetime(),
  architecture: z.enum(["x86-64", "arm64", "unknown"]),
  kernel: z.object({ kind: z.enum(["pith", "nanos", "unknown"]), version: z.string().optional() }),
  /** Path of the program inside the image. */
  program: z.string().optional(),
  arguments: z.array(z.string()),
  environment: z.record(z.string(), z.string()),
  /** Present when we built it and the file is still that one. */
  build: BuildRecord.optional(),
  /** The program it was built from has changed since, or is gone. */
  programState: z.enum(["same", "changed", "gone", "unknown"]),
  /** Why the image can't be read, where it can't. */
  damage: z.string().optional(),
});
export type Image = z.infer<typeof Image>;

/**
 * `raw`: the disk itself; `gce`: a tar archive as Google Cloud takes it; `vhd`: fixed, as Azure takes it; `vmdk`:
 * streamOptimized. `vmdk` and `vhdx` need qemu-img.
 */
export const ExportFormat = z.enum(["raw", "qcow2", "vmdk", "vhdx", "vhd", "gce"]);
export type ExportFormat = z.infer<typeof ExportFormat>;

export const ExportOrder = z.object({
  /** Name of an image, or the absolute path of an image file. */
  image: z.string().min(1),
  format: ExportFormat,
  /** An absolute path on the computer of the engine. */
  out: z.string().min(1),
  /** Whether a file there is replaced. */
  force: z.boolean().default(false),
});
export type ExportOrder = z.infer<typeof ExportOrder>;

const buildProblems = [
  ...fileProblems,
  ...elfProblems,
  "elf.missing-libraries",
  "image.exists",
  "image.name",
  "image.too-small",
  "kernel.not-found",
  "kernel.not-built",
  "kernel.damaged",
  "file.changed",
  "file.exists",
  "disk.full",
  "disk.write-failed",
] as const;

const calls = {
  list: oc.route({ method: "GET", path: "/images", summary: "List images" }).output(z.array(Image)),
  get: oc
    .route({ method: "GET", path: "/images/{name}", summary: "Show one image" })
    /** Its name, or the absolute path of an image file, which then is its name. */
    .input(z.object({ name: z.string() }))
    .output(Image)
    .errors(problems("image.not-found")),
  /** Starts a build and answers at once; the outcome is in the task. */
  build: oc
    .route({ method: "POST", path: "/images", summary: "Build an image from a program" })
    .input(BuildSpec)
    .output(Task)
    .errors(problems(...buildProblems)),
  /** Starts to write an image in another format, and answers at once; the task's result has the path. */
  export: oc
    .route({ method: "POST", path: "/images/export", summary: "Export an image in another format" })
    .input(ExportOrder)
    .output(Task)
    .errors(
      problems(
        ...(["image.not-found", "file.exists", "file.unreadable", "hypervisor.missing", "hypervisor.failed"] as const),
        ...(["disk.full", "disk.write-failed"] as const),
      ),
    ),
  remove: oc
    .route({ method: "DELETE", path: "/images/{name}", summary: "Delete an image" })
    .input(z.object({ name: z.string(), force: z.boolean().default(false) }))
    .output(z.object({ name: z.string() }))
    .errors(problems("image.not-found", "image.in-use")),
};

export const images = { calls, mirror: mirrorList(Image, ({ name }) => name) };
