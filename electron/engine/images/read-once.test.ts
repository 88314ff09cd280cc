/** A program is inspected and then built: what was read of it and of its libraries is not read again. */

import { readlinkSync } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { afterEach, expect, test, vi } from "vitest";
import { BuildSpec } from "../../../shared/contract/images.ts";
import { inspectProgram } from "../programs/inspect.ts";
import { buildImage } from "./build.ts";
import { testTask, testWorld } from "./testing.ts";

/** A dynamic program of every Linux, which has been there for longer than a moment. */
const SHELL = "/bin/sh";

afterEach(() => {
  vi.restoreAllMocks();
});

/** The files that are read from now on through handles, as all analysis does; a whole small file is copied without one. */
async function watchReads(): Promise<string[]> {
  await using file = await open(import.meta.filename);
  const prototype: typeof file = Object.getPrototypeOf(file);
  const read = prototype.read;
  const paths: string[] = [];
  vi.spyOn(prototype, "read").mockImplementation(function (this: typeof file, ...request: unknown[]) {
    paths.push(readlinkSync(`/proc/self/fd/${this.fd}`));
    return Reflect.apply(read, this, request);
  });
  return paths;
}

const isOnLinux = process.platform === "linux";

test.runIf(isOnLinux)("program and libraries are read once for inspecting and building", async () => {
  using world = testWorld();
  const reads = await watchReads();
  const inspection = await inspectProgram(SHELL);
  const paths = [SHELL, ...inspection.libraries.map(({ hostPath = "" }) => hostPath)];
  const own = await Promise.all(paths.map((path) => realpath(path)));
  const isOwn = (path: string) => own.includes(path);
  expect(reads.splice(0).filter(isOwn).length).toBeGreaterThanOrEqual(own.length);

  await buildImage(BuildSpec.parse({ program: SHELL, name: "shell" }), world, testTask());

  expect(reads.filter(isOwn)).toEqual([]);
});
