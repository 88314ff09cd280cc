/** `npm run soak`: long trials, in full. `npm test` has their short form. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { onPith } from "../e2e/support/guest.ts";
import { mixedLoadTrial } from "../e2e/support/mixed-load.ts";
import { powerCutTrial } from "../e2e/support/power-cut.ts";
import { program } from "../e2e/support/programs.ts";
import { randomCallsTrial } from "../e2e/support/random-calls.ts";
import { load, loadedServers } from "../e2e/support/server-load.ts";
import { root, World } from "../e2e/support/world.ts";
import { noErrors } from "../e2e/support/wrk.ts";
import { bootsTrial } from "./boots.ts";
import { connectionStormTrial } from "./connection-storm.ts";
import { damagedRecordsTrial } from "./damaged-records.ts";
import { floodTrial } from "./flood.ts";
import { killDeletionTrial } from "./kill-deletion.ts";
import { killTrial } from "./kill-trial.ts";
import { manyFilesTrial } from "./many-files.ts";
import { mutatedInputsTrial } from "./mutated-inputs.ts";

const trials: Record<string, () => Promise<void>> = {
  kill: async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`kill: 1000 rounds, seed ${seed}\n`);
    const outcome = await killTrial({ rounds: 1000, seed, say: (line) => process.stdout.write(`  ${line}\n`) });
    process.stdout.write(`kill: nothing was lost. ${JSON.stringify(outcome)}\n`);
  },
  boots: async () => {
    process.stdout.write("boots: 400 by QEMU alone, on q35 and pc with one and two processors\n");
    await using world = await World.create();
    await bootsTrial(world, 400);
    process.stdout.write("boots: every one reached the program.\n");
  },
  deletion: async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`deletion: 200 engines killed while they delete, seed ${seed}\n`);
    await using world = await World.create();
    const outcome = await killDeletionTrial(world, { rounds: 200, seed });
    process.stdout.write(`deletion: each was whole or gone. ${JSON.stringify(outcome)}\n`);
  },
  attack: async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    const say = (line: string) => process.stdout.write(`  ${line}\n`);
    process.stdout.write("attack: crowds at the port and at the socket\n");
    {
      await using world = await World.create();
      say(JSON.stringify(await connectionStormTrial(world, { rounds: 20, connections: 100 })));
    }
    process.stdout.write(`attack: 5000 images, 1000 programs, 500 archives, 500 configurations, seed ${seed}\n`);
    {
      await using world = await World.create();
      const counts = { images: 5000, programs: 1000, archives: 500, configurations: 500 };
      await mutatedInputsTrial(world, { ...counts, seed, say });
    }
    process.stdout.write(`attack: 1000 damaged records, seed ${seed}\n`);
    {
      await using world = await World.create();
      say(JSON.stringify(await damagedRecordsTrial(world, { count: 1000, seed })));
    }
    process.stdout.write("attack: six minutes of a guest that writes without end, half of them without an engine\n");
    {
      await using world = await World.create();
      say(JSON.stringify(await floodTrial(world, { seconds: 60, limitBytes: 16 << 20 })));
    }
    process.stdout.write("attack: the owner was served, nothing grew, and nothing was left behind.\n");
  },
  network: async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`network: 100 MB each way over bad wires, seed ${seed}\n`);
    const build = join(root, "kernel", "build", "tests");
    const transfers = ["tcp_transfer_test", "linux_transfer_test"].map((name) => join(build, "host", name));
    const make = ["-s", "-C", join(root, "kernel", "tests"), `BUILD=${build}`, ...transfers];
    execFileSync("make", make, { stdio: "inherit" });
    for (const transfer of transfers) execFileSync(transfer, ["100", String(seed)], { stdio: "inherit" });
    process.stdout.write("network: every byte arrived in its place.\n");
  },
  power: async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`power: 5000 cuts of one run, seed ${seed}\n`);
    await using world = await World.create();
    const outcome = await powerCutTrial(world, { steps: 3000, cuts: 5000, seed });
    process.stdout.write(`power: everything that was synced was there. ${JSON.stringify(outcome)}\n`);
  },
  files: async () => {
    process.stdout.write("files: a million empty ones in an image\n");
    await using world = await World.create();
    const outcome = await manyFilesTrial(world, 1_000_000);
    process.stdout.write(`files: every one is there. ${JSON.stringify(outcome)}\n`);
  },
  load: async () => {
    process.stdout.write("load: 30 minutes of threads, files, pipes, epoll, mappings, signals and timers\n");
    await using world = await World.create();
    const outcome = await mixedLoadTrial(world, 1800);
    process.stdout.write(`load: everything was right. ${JSON.stringify(outcome)}\n`);
    if (outcome.lostKiB > 512) throw new Error(`${outcome.lostKiB} KiB of memory did not come back`);
  },
  memory: async () => {
    process.stdout.write("memory: 900 MiB of a machine of 1 GiB, and more than it has\n");
    await using world = await World.create();
    const run = ["--memory", "1G"];
    const fits = await onPith(world, program("greedy.c"), { arguments: ["900"], run, timeoutMs: 300_000 });
    const ends = await onPith(world, program("greedy.c"), { run, timeoutMs: 300_000 });
    process.stdout.write(`memory: ${fits.said.trim()}; more ended with ${ends.code}: ${ends.kernel.join(" ")}\n`);
    if (fits.code !== 0 || ends.code !== 137) throw new Error(`ended with ${fits.code} and ${ends.code}`);
  },
  servers: async () => {
    await using world = await World.create();
    await world.serve();
    for (const [name, server] of Object.entries(loadedServers)) {
      process.stdout.write(`servers: 60 s of wrk for ${name}\n`);
      await using served = await server.serve(world);
      const outcome = await load(world, served, server, 60);
      process.stdout.write(`  ${JSON.stringify(outcome)}\n`);
      const { errors, wrong, lostKiB } = outcome;
      if (!isDeepStrictEqual({ wrong, errors }, noErrors)) throw new Error(`${name} was not right each time`);
      if (lostKiB > server.growsKiB) throw new Error(`${lostKiB} KiB of memory did not come back`);
    }
    process.stdout.write("servers: every answer was right.\n");
  },
  calls: async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    process.stdout.write(`calls: 10 minutes of random system calls, seed ${seed}\n`);
    await using world = await World.create();
    const outcome = await randomCallsTrial(world, { seconds: 600, seed });
    process.stdout.write(`calls: the kernel lives. ${JSON.stringify(outcome)}\n`);
    if (outcome.lostFiles > 0) throw new Error(`${outcome.lostFiles} files are still open`);
    if (outcome.lostKiB > 512) throw new Error(`${outcome.lostKiB} KiB of memory did not come back`);
  },
};

const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(trials)) {
  const trial = trials[name];
  if (!trial) throw new Error(`There is no trial “${name}”; there are: ${Object.keys(trials).join(", ")}`);
  await trial();
}
