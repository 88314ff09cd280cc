/** Configurations of OPS (`config.json`, `package.manifest`): read into what they ask for. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";
import { MIN_MEMORY_BYTES } from "../word-rules.ts";
import { Attachment } from "./bridges.ts";
import { HypervisorOptions } from "./hypervisors.ts";
import { BuildSpec, ImageName } from "./images.ts";
import { PortForward } from "./instances.ts";
import { Companion, fileProblems } from "./programs.ts";

export const Configuration = z.object({
  /** What was read: a reference of a container image, or the absolute path of a file; for a folder the one in it, or the folder itself where that is guessed about. */
  path: z.string(),
  /** Absolute path of the program on the host, where the configuration names one. */
  program: z.string().optional(),
  build: BuildSpec.omit({ program: true }),
  /** What it says of the instance; what is absent is left to others. */
  run: z.object({
    name: ImageName.optional(),
    memoryBytes: z.number().int().min(MIN_MEMORY_BYTES).optional(),
    cpus: z.number().int().min(1).max(64).optional(),
    ports: z.array(PortForward).optional(),
    options: HypervisorOptions.optional(),
    /** In bridged mode it has no other card. */
    network: z.literal("none").optional(),
    bridges: z.array(Attachment).optional(),
  }),
  /** There was no configuration: this is what a folder or a script looks like. */
  guess: z
    .object({
      title: z.string(),
      sentence: z.string(),
      offers: z.array(Companion),
      /** What is to be done before, and the command that does it. */
      first: z.object({ sentence: z.string(), command: z.string() }).optional(),
      /** No script to run was found, and no argument names one: such a file is asked for. */
      asksFor: z.string().optional(),
    })
    .optional(),
  /** Keys from which nothing was made, with their values. */
  kept: z.record(z.string(), z.unknown()),
  /** What a person should know about it, one sentence each. */
  warnings: z.array(z.string()),
});
export type Configuration = z.infer<typeof Configuration>;

const calls = {
  /**
   * Opens a configuration file, or the `config.json` or `package.manifest` in a folder. For another folder (a JDK, a Node or
   * Python project) and for a script, what it is run with is guessed.
   */
  open: oc
    .route({ method: "POST", path: "/configurations/open", summary: "Read an OPS configuration" })
    .input(
      z.object({
        path: z.string().min(1),
        /** Where relative paths of `Files`, `Dirs` and `Program` start; without it, the file's folder. */
        workingFolder: z.string().min(1).optional(),
        /** The file whose values hold where this one has none; without it, `~/.opsrc` where there is one. */
        defaults: z.string().min(1).optional(),
        /** Replace `$NAME` in all texts by these, as OPS does where `ops_render_config` is true. */
        variables: z.record(z.string(), z.string()).optional(),
        /** A configuration that is merged with that of a package. */
        over: z.string().min(1).optional(),
        /** Arguments that replace those of a configuration, and follow those of a package. */
        arguments: z.array(z.string()).optional(),
      }),
    )
    .output(Configuration)
    .errors(problems(...fileProblems, "args.invalid", "config.invalid")),
};

export const configurations = { calls };
