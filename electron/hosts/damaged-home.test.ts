/** An engine starts whatever is in the place of a file of its home, or says what is wrong; it never hangs. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { isProblemCode } from "../../shared/problem.ts";
import { tiny } from "../engine/images/testing.ts";
import { connectToEngine } from "./connect.ts";
import { makeTestWorld, type TestWorld } from "./test-world.ts";

/** For all of them: some two hundred, each of a tenth of a second where there is nothing else to do. */
const LIMIT_MS = 240_000;

const Line = z.object({ file: z.string(), kind: z.string(), codes: z.array(z.string()).optional() });

/** Makes a home with one of everything; returns the files of it that are read, relative to the world's folder. */
async function fill(world: TestWorld): Promise<string[]> {
  const { homes } = world;
  const connection = await connectToEngine(world);
  const { client } = connection;
  const task = await client.images.build({ program: tiny });
  await expect
    .poll(async () => (await client.tasks.list()).find(({ id }) => id === task.id)?.state, { timeout: 30_000 })
    .toBe("done");
  const { id } = await client.instances.create({ image: "tiny", start: false });
  await client.networks.create({ name: "lan" });
  await client.settings.change({ appearance: { theme: "dark" } });
  await connection.close();
  const instance = join(homes.instances, id);
  await mkdir(join(instance, "captures"));
  const inInstance = [
    ...["instance.json", "disk.raw", "console.log", "serial.log", "console.index", "console.times", "events.jsonl"],
    ...["trace.log", "qemu.log", "engine.log", "qemu.pid", "captures", "captures/net0.pcap"],
  ].map((name) => join(instance, name));
  const others = [
    ...[homes.bridges, homes.releaseRecords, join(homes.unideck, "accelerators.json")],
    ...["settings.json", "private.json", "engine.json", "engine.lock", "engine.sock"].map((name) =>
      join(homes.unideck, name),
    ),
    ...[homes.imageRecords, homes.instances, homes.networks, homes.trash, homes.uploads, homes.downloads],
    ...[homes.kernelCache, homes.tasks, homes.logs, join(homes.logs, "engine.log")],
    ...[join(homes.tasks, `${task.id}.json`), join(homes.imageRecords, "tiny.json")],
    ...[
      join(homes.networks, "lan"),
      join(homes.networks, "lan", "network.json"),
      join(homes.networks, "lan", "switch.lock"),
    ],
    ...[join(homes.uploads, "upload"), join(homes.trash, "deleted"), instance],
    ...[homes.images, homes.opsStaging, join(homes.images, "tiny"), join(homes.ops, "latest.txt")],
    ...[join(homes.ops, "0.1.50"), join(homes.ops, "0.1.50", "kernel.img"), join(homes.ops, "0.1.50", "boot.img")],
  ];
  for (const path of [homes.bridges, homes.releaseRecords]) if (!existsSync(path)) await writeFile(path, "{}");
  return [...others, ...inInstance].map((path) => relative(world.folder, path));
}

test(
  "an engine never hangs on a pipe, a device, a folder or garbage in its home, and has a code for what it can't bear",
  async () => {
    const [seed, copies] = [await makeTestWorld(), await makeTestWorld()];
    try {
      const files = await fill(seed);
      const input = JSON.stringify({ seed: seed.folder, folder: copies.folder, files });

      const program = join(import.meta.dirname, "damaged-home.testing.ts");
      const { stdout } = await promisify(execFile)(process.execPath, [program, input], {
        timeout: LIMIT_MS,
        killSignal: "SIGKILL",
        maxBuffer: 16 << 20,
      }).catch((error: unknown) => {
        // The last line is about the one that it hangs on.
        const said = error instanceof Error && "stdout" in error ? String(error.stdout) : "";
        throw new Error(`It did not end after ${said.trim().split("\n").at(-1)}`, { cause: error });
      });

      const outcomes = stdout
        .trim()
        .split("\n")
        .map((line) => Line.parse(JSON.parse(line)));
      const bugs = outcomes.filter(({ codes = [] }) =>
        codes.some((code) => !isProblemCode(code) || code === "engine.bug"),
      );
      expect(bugs).toEqual([]);
      expect(outcomes.filter(({ codes }) => codes).length).toBeGreaterThan(3 * (files.length - 1));
    } finally {
      for (const world of [seed, copies]) await world.remove();
    }
  },
  2 * LIMIT_MS,
);
