/** `npm run bench`: measures what was asked for, or everything, and prints it. */

import { spawnSync } from "node:child_process";
import { cpus, loadavg, release } from "node:os";
import { parseArgs } from "node:util";
import { askQemu, findQemu } from "../electron/engine/hypervisors/qemu/binary.ts";
import { benchBoot } from "./boot.ts";
import { benchBurst } from "./burst.ts";
import { benchCommandLine } from "./cli.ts";
import { benchDrop } from "./drop.ts";
import { type Section, tableOf } from "./figures.ts";
import { benchFootprint } from "./footprint.ts";
import { benchHosts } from "./hosts.ts";
import { benchImages } from "./images.ts";
import { benchKernel } from "./kernel.ts";
import { benchMany } from "./many.ts";
import { benchNetwork } from "./network.ts";
import { benchTakeover } from "./takeover.ts";
import { benchWindow } from "./window.ts";

const benches = {
  boot: benchBoot,
  kernel: benchKernel,
  network: benchNetwork,
  drop: benchDrop,
  footprint: benchFootprint,
  images: benchImages,
  many: benchMany,
  hosts: benchHosts,
  takeover: benchTakeover,
  burst: benchBurst,
  cli: benchCommandLine,
  window: benchWindow,
};
type BenchName = keyof typeof benches;
const names = Object.keys(benches).filter(isBenchName);

/** More than this many processes that want a core: what is measured is the waiting. */
const BUSY_PER_CORE = 0.5;

const { values, positionals } = parseArgs({
  options: { json: { type: "boolean", default: false } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !isBenchName(name));
if (unknown) throw new Error(`There is no section “${unknown}”; there are: ${names.join(", ")}`);
const chosen = names.filter((name) => positionals.length === 0 || positionals.includes(name));

const machine = await describeMachine();
if (!values.json) {
  process.stdout.write(`${machine.processor} × ${machine.cores}, QEMU ${machine.qemu}, Node ${machine.node}\n`);
  if (machine.load > machine.cores * BUSY_PER_CORE)
    process.stdout.write(
      `The machine is busy (load ${machine.load.toFixed(1)}): times are longer than they need be.\n`,
    );
}
const sections: Record<string, Section> = {};
for (const name of chosen) {
  const section = await benches[name]();
  sections[name] = section;
  if (!values.json) process.stdout.write(`${tableOf(section)}\n`);
}
if (values.json)
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), machine, sections }, null, 2)}\n`);

function isBenchName(name: string): name is BenchName {
  return Object.hasOwn(benches, name);
}

/** What figures depend on, beside the code. */
async function describeMachine() {
  const [processor] = cpus();
  return {
    commit: describeCommit(),
    processor: processor?.model.trim() ?? process.arch,
    cores: cpus().length,
    system: `${process.platform} ${release()}`,
    node: process.versions.node,
    qemu: (await askQemu(await findQemu())).version,
    load: loadavg()[0] ?? 0,
  };
}

/** Undefined in a copy of the tree without its history, and where there is no git. */
function describeCommit(): string | undefined {
  const { status, stdout } = spawnSync("git", ["describe", "--always", "--dirty"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
