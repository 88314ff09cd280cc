/** A container image in the place of a program: pulled, and read for what it runs. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isContainerArchive, isRegistryReference } from "../../shared/container-reference.ts";
import type { Configuration } from "../../shared/contract/configurations.ts";
import type { UnideckClient } from "../../shared/contract/index.ts";
import type { BuildOptions } from "./build-options.ts";
import { problemFrom } from "./failure.ts";
import { followTask } from "./follow-task.ts";

const inFiles = /^(oci|oci-archive|docker-archive):(.+)$/s;

/**
 * The reference that was typed, with absolute paths; undefined where it is none: `docker://…`, `oci:…`, an archive, or the
 * name of an image with its registry, such as `docker.io/library/redis:8`.
 */
export function containerReference(what: string): string | undefined {
  const [, kind, path] = inFiles.exec(what) ?? [];
  if (kind !== undefined && path !== undefined) return `${kind}:${resolve(path)}`;
  if (existsSync(what)) return isContainerArchive(what) ? resolve(what) : undefined;
  // What begins with a dot or a slash is a path with a mistake in it.
  return isRegistryReference(what) ? what : undefined;
}

/** Pulls the image, unless it is here, and reads what it asks for. */
export async function openContainer(
  client: UnideckClient,
  reference: string,
  options: Pick<BuildOptions, "arg" | "entrypoint" | "json">,
): Promise<Configuration> {
  const task = await client.containers.pull({ reference });
  const { container } = await followTask(client, task, { terminal: process.stderr, quiet: options.json });
  if (container === undefined) throw problemFrom(undefined);
  return await client.containers.open({ id: container, arguments: options.arg, entrypoint: options.entrypoint });
}
