/**
 * A process that opens a home again and again, each time with another of its files replaced, and says how that went, a line
 * of JSON each. It is a process of its own because what it looks for is an engine that hangs.
 */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { resolveHomes } from "../engine/lib/homes.ts";
import { findResources } from "../engine/lib/resources.ts";
import { connectToEngine } from "./connect.ts";
import { problemOf } from "./problem-errors.ts";

const Input = z.object({
  /** A home that is in order, with OPS home beside it. */
  seed: z.string(),
  /** Where copies of it go. */
  folder: z.string(),
  /** Relative to the folder of both homes. */
  files: z.array(z.string()),
});

const harms: Record<string, (path: string) => void> = {
  pipe: (path) => execFileSync("mkfifo", [path]),
  folder: (path) => mkdirSync(path),
  garbage: (path) => writeFileSync(path, "\u0000{]garbage"),
  ...(process.getuid?.() === 0 && { device: (path: string) => execFileSync("mknod", [path, "c", "1", "5"]) }),
};

/** What opening and reading the home came to: nothing, or the code of a problem; anything else is a bug. */
async function tryHome(folder: string, isWriting: boolean): Promise<string[]> {
  const homes = resolveHomes({ UNIDECK_HOME: join(folder, "home"), OPS_HOME: folder }, folder);
  const codes: string[] = [];
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      codes.push(problemOf(error)?.code ?? `bug: ${error instanceof Error ? error.stack : error}`);
      return undefined;
    }
  };
  const connection = await attempt(() => connectToEngine({ homes, resources: findResources() }));
  if (!connection) return codes;
  const { client } = connection;
  const instances = (await attempt(() => client.instances.list())) ?? [];
  for (const { id } of instances) {
    await attempt(() => client.instances.log({ id }));
    await attempt(() => client.imageContents.show({ image: `instance:${id}` }));
    if (isWriting) await attempt(() => client.instances.rename({ id, name: "renamed" }));
  }
  const { images, kernels, networks, tasks } = client;
  for (const list of [() => images.list(), () => kernels.list(), () => networks.list(), () => tasks.list()])
    await attempt<unknown>(list);
  if (isWriting) await attempt(() => client.settings.change({ console: { fontSizePx: 20 } }));
  if (isWriting) await attempt(() => client.networks.create({ name: "another" }));
  await attempt(() => connection.close());
  return codes;
}

const { seed, folder, files } = Input.parse(JSON.parse(process.argv[2] ?? ""));
for (const file of files)
  for (const [kind, harm] of Object.entries(harms)) {
    const copy = join(folder, `${files.indexOf(file)}-${kind}`);
    process.stdout.write(`${JSON.stringify({ file, kind })}\n`);
    cpSync(seed, copy, { recursive: true, verbatimSymlinks: true });
    rmSync(join(copy, file), { recursive: true, force: true });
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    harm(join(copy, file));
    // One kind is enough to find the writers that wait.
    process.stdout.write(`${JSON.stringify({ file, kind, codes: await tryHome(copy, kind === "pipe") })}\n`);
    rmSync(copy, { recursive: true, force: true });
  }
process.exit(0);
