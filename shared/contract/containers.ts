/** Container images: where programs come from that nobody built for a unikernel. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";
import { Configuration } from "./configurations.ts";
import { Task } from "./tasks.ts";

export const ContainerImage = z.object({
  /** SHA-256 of its configuration: `sha256:HEX`. */
  id: z.string(),
  /** What it was pulled by. */
  reference: z.string(),
  /** A name for images made from it. */
  name: z.string(),
  pulledAt: z.iso.datetime(),
  /** Of its layers as they were sent. */
  sizeBytes: z.number().int().min(0),
  /** `amd64`, `arm64`. */
  architecture: z.string(),
});
export type ContainerImage = z.infer<typeof ContainerImage>;

export const ContainerPull = z.object({
  /** `docker.io/library/redis:8`, `oci:/FOLDER[:TAG]`, `docker-archive:/FILE[:TAG]`, or the path of an archive. */
  reference: z.string().min(1).max(4096),
  architecture: z.enum(["amd64", "arm64"]).default("amd64"),
});
export type ContainerPull = z.infer<typeof ContainerPull>;

const calls = {
  list: oc
    .route({ method: "GET", path: "/containers", summary: "List container images that are here" })
    .output(z.array(ContainerImage)),
  /** Starts to pull and answers at once; the task's result has the id. What is here already is not pulled again. */
  pull: oc
    .route({ method: "POST", path: "/containers", summary: "Pull a container image" })
    .input(ContainerPull)
    .output(Task)
    .errors(problems("args.invalid")),
  /** What a unikernel made from it is built with: the answer can be changed, and is then what `images.build` takes. */
  open: oc
    .route({ method: "POST", path: "/containers/open", summary: "Read what a container image asks for" })
    .input(
      z.object({
        id: z.string(),
        /** Replaces the image's own arguments (its `Cmd`). */
        arguments: z.array(z.string()).optional(),
        /** Replaces the program, and with it the image's own arguments. */
        entrypoint: z.string().min(1).optional(),
      }),
    )
    .output(Configuration)
    .errors(
      problems(
        "container.not-found",
        "container.damaged",
        "container.no-program",
        "container.shell-script",
        "args.invalid",
      ),
    ),
  remove: oc
    .route({ method: "DELETE", path: "/containers/{id}", summary: "Delete a container image" })
    .input(z.object({ id: z.string() }))
    .output(z.object({ id: z.string() }))
    .errors(problems("container.not-found")),
};

export const containers = { calls };
