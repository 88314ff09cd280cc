/** The contents of images: reading, checking and copying them out. Nothing here changes an image. */

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";
import { Bytes } from "./bytes.ts";
import { BuildRecord, Image } from "./images.ts";
import { Task } from "./tasks.ts";

/** The name of an image, the absolute path of a file (an image, a volume), or `instance:ID` for the disk of an instance. */
const ImageRef = z.string().min(1);

/** Which of an image's two file systems. */
export const Partition = z.enum(["root", "boot"]);
export type Partition = z.infer<typeof Partition>;

/**
 * A path in an image as text. Names there are any bytes: what is no UTF-8, and control characters, are written `\xNN`,
 * and a backslash is written `\\`.
 */
const GuestPath = z.string();

const Place = z.object({
  image: ImageRef,
  partition: Partition.default("root"),
  path: GuestPath.default("/"),
});

/** What to copy out of an image, and where to. */
export const CopyOrder = Place.omit({ path: true }).extend({
  paths: z.array(GuestPath).min(1),
  /** An absolute path: a folder that exists, or, for one thing to be copied, the new name. */
  to: z.string().min(1),
  /** Replace files that exist. Folders are joined in any case. */
  force: z.boolean().default(false),
});
export type CopyOrder = z.infer<typeof CopyOrder>;

export const ImageEntry = z.object({
  path: GuestPath,
  type: z.enum(["directory", "file", "link", "socket", "unknown"]),
  /** Of a file its length; of a directory the lengths of all files below it. */
  sizeBytes: z.number().min(0),
  /** Entries of a directory. */
  entries: z.number().int().min(0).optional(),
  /** Permissions, as a number; absent where the image says none, and the guest sees the usual ones. */
  mode: z.number().int().min(0).max(0o7777).optional(),
  /** Where a link leads. */
  target: GuestPath.optional(),
  /** When the content was last changed; images that were never run mostly have no times. */
  modifiedAt: z.iso.datetime().optional(),
  /** Why the entry can't be read. */
  damage: z.string().optional(),
});
export type ImageEntry = z.infer<typeof ImageEntry>;

/** A part of an image's disk usage. */
export const SpacePart = z.object({
  path: GuestPath,
  /** `rest`: what is in this directory beside the parts of it that are told by themselves. */
  type: z.enum(["directory", "file", "rest"]),
  sizeBytes: z.number().min(0),
  files: z.number().int().min(0),
});
export type SpacePart = z.infer<typeof SpacePart>;

const FoundFile = z.object({ path: GuestPath, sizeBytes: z.number().min(0), sha256: z.string().length(64) });

/** What an image is made of. */
export const ImageDetails = z.object({
  /** The image's name, or its path where it is none of the image folder. */
  image: z.string(),
  path: z.string(),
  sizeBytes: z.number().int().min(0),
  /** `volume`: a file system without a partition table, such as a data volume. */
  layout: z.enum(["bios", "uefi", "volume"]),
  architecture: Image.shape.architecture,
  kernel: FoundFile.extend(Image.shape.kernel.shape).optional(),
  /** Modules in the boot file system. */
  klibs: z.array(z.string()),
  root: z.object({
    uuid: z.string(),
    label: z.string(),
    sizeBytes: z.number().min(0),
    /** What neither log nor files take. */
    freeBytes: z.number().min(0),
    logBytes: z.number().min(0),
    files: z.number().int().min(0),
    directories: z.number().int().min(0),
    links: z.number().int().min(0),
    /** The lengths of all files. */
    contentBytes: z.number().min(0),
  }),
  program: FoundFile.optional(),
  /** Shared libraries, by their names. */
  libraries: z.array(GuestPath),
  /** The attributes of the root: strings, lists, objects; numbers beyond 2^53 as strings. */
  manifest: z.record(z.string(), z.unknown()),
  /** What a kernel left at its end. */
  crashLog: z.object({ code: z.number().int(), text: z.string() }).optional(),
  /** Present when we built it and the file is still that one. */
  build: BuildRecord.optional(),
});
export type ImageDetails = z.infer<typeof ImageDetails>;

/** Something that a check has found. */
export const ImageFinding = z.object({
  /** `error`: it will not work; `warning`: some of it may not; `note`: note. */
  level: z.enum(["error", "warning", "note"]),
  part: z.enum(["disk", "boot loader", "boot file system", "root file system", "manifest", "program"]),
  message: z.string(),
  hint: z.string().optional(),
});
export type ImageFinding = z.infer<typeof ImageFinding>;

/** A piece of a file in an image. */
export const FilePiece = z.object({
  offset: z.number().int().min(0),
  bytes: Bytes,
});
export type FilePiece = z.infer<typeof FilePiece>;

const found = ["image.not-found", "image.damaged", "file.unreadable"] as const;
const foundInside = [...found, "file.not-found", "file.unsupported"] as const;

const calls = {
  show: oc
    .route({ method: "POST", path: "/image-contents/show", summary: "Show the parts of an image" })
    .input(z.object({ image: ImageRef }))
    .output(ImageDetails)
    .errors(problems(...found)),
  /** Reads all of the file: it takes as long as that takes. */
  digest: oc
    .route({ method: "POST", path: "/image-contents/digest", summary: "Compute the digest of an image file" })
    .input(z.object({ image: ImageRef }))
    .output(z.object({ sha256: z.string().length(64) }))
    .errors(problems(...found)),
  /** A software bill of materials: a CycloneDX document. Libraries have packages where this machine has the same files. */
  sbom: oc
    .route({
      method: "POST",
      path: "/image-contents/sbom",
      summary: "Create the bill of materials of an image (CycloneDX)",
    })
    .input(z.object({ image: ImageRef }))
    .output(z.looseObject({ bomFormat: z.literal("CycloneDX"), specVersion: z.string() }))
    .errors(problems(...found)),
  /** What is at `path`: the entries of a directory in the order of their names, or that one file. In portions. */
  files: oc
    .route({ method: "POST", path: "/image-contents/files", summary: "List files of an image (server-sent events)" })
    .input(Place.extend({ recursive: z.boolean().default(false) }))
    .output(eventIterator(z.array(ImageEntry)))
    .errors(problems(...foundInside)),
  /** Disk usage below a directory: few parts, the largest first, together all of it. */
  space: oc
    .route({ method: "POST", path: "/image-contents/space", summary: "Show the disk usage of an image" })
    .input(Place.extend({ parts: z.number().int().min(1).max(200).default(24) }))
    .output(z.array(SpacePart))
    .errors(problems(...foundInside)),
  /** The contents of a file, or a part of them. Links are followed inside of the image. */
  read: oc
    .route({ method: "POST", path: "/image-contents/read", summary: "Read a file of an image (server-sent events)" })
    .input(
      Place.extend({ from: z.number().int().min(0).default(0), lengthBytes: z.number().int().positive().optional() }),
    )
    .output(eventIterator(FilePiece))
    .errors(problems(...foundInside, "file.is-directory")),
  /** Copies files and folders into a folder of the engine's machine, or to a new name there, as a task. */
  copyOut: oc
    .route({ method: "POST", path: "/image-contents/copy-out", summary: "Copy files and folders out of an image" })
    .input(CopyOrder)
    .output(Task),
  check: oc
    .route({ method: "POST", path: "/image-contents/check", summary: "Check an image for problems" })
    .input(z.object({ image: ImageRef }))
    .output(z.array(ImageFinding))
    .errors(problems("image.not-found", "file.unreadable")),
};

export const imageContents = { calls };
