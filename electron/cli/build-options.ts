/** The options that say how an image is built, shared by `build` and `run`. */

import { resolve } from "node:path";
import type { BuildSpec, Placement } from "../../shared/contract/images.ts";
import type { PortForward } from "../../shared/contract/instances.ts";
import { Problem } from "../../shared/problem.ts";
import { isImageName } from "../../shared/word-rules.ts";

export interface BuildOptions {
  name?: string;
  arg?: string[];
  env?: Record<string, string>;
  file?: Placement[];
  dir?: Placement[];
  kernel?: string;
  klib?: string[];
  config?: string;
  sysroot?: string;
  size?: number;
  programPath?: string;
  /** Of a container image. */
  entrypoint?: string;
  uname?: "pith" | "linux";
  followLinks?: boolean;
  withRuntime?: boolean;
  /** UID or UID:GID. */
  user?: string;
  reproducible: boolean;
  force: boolean;
  out?: string;
  port?: PortForward[];
  json: boolean;
}

/**
 * What the options ask for. Paths are made absolute: the engine may be another process, in another folder. It checks all of it,
 * so no schemas are loaded for that here.
 */
export function buildSpec(elf: string, options: BuildOptions): BuildSpec {
  if (options.name !== undefined && !isImageName(options.name))
    throw new Problem("image.name", `An image can't be named ${JSON.stringify(options.name.slice(0, 100))}`, {
      hint: "Use at most 200 letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
    });
  return {
    program: resolve(elf),
    typedProgram: elf,
    programPath: options.programPath,
    name: options.name,
    arguments: options.arg ?? [],
    environment: options.env ?? {},
    files: options.file ?? [],
    folders: options.dir ?? [],
    kernel: kernelNamed(options.kernel),
    klibs: options.klib ?? [],
    manifest: options.user === undefined ? undefined : { passthrough: { user: options.user } },
    sysroot: options.sysroot === undefined ? undefined : resolve(options.sysroot),
    sizeBytes: options.size,
    ports: options.port?.map(({ guest }) => guest) ?? [],
    out: options.out === undefined ? undefined : resolve(options.out),
    uname: options.uname,
    followLinks: options.followLinks,
    reproducible: options.reproducible,
    force: options.force,
  };
}

/** A release is meant by its folder where a slash or a leading dot says so. */
export function kernelNamed<Name extends string | undefined>(kernel: Name): Name | string {
  const isFolder = kernel !== undefined && (kernel.includes("/") || kernel === "." || kernel === "..");
  return isFolder ? resolve(kernel) : kernel;
}
