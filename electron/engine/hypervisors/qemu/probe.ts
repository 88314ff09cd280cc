/** Boots Pith without a disk, only to see whether a guest lives at all. */

import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnTethered } from "../../lib/tethered.ts";
import type { Accelerator } from "./argv.ts";
import { findQemu } from "./binary.ts";
import { firstSentence } from "./failure.ts";
import { findMachines } from "./process-table.ts";

/** A guest that lives shows it within a tenth of this. */
const LIMIT_MS = 1500;
const LOOK_EVERY_MS = 5;
const EVENTS_FILE = "events.jsonl";
const MAX_SAID_LENGTH = 16_384;

export type Glimpse = { isAlive: true; afterMs: number } | { isAlive: false; ending: string };

/**
 * Waits for the kernel's first event, QEMU's end, the limit or the abort; QEMU has ended when this settles, and when the
 * engine is killed. `probes`: a folder of this home, in which a probe is found that outlived its engine all the same.
 */
export async function bootForAMoment(
  kernel: string,
  accelerator: Accelerator,
  signal: AbortSignal,
  probes: string,
): Promise<Glimpse> {
  const qemu = await findQemu();
  await mkdir(probes, { recursive: true, mode: 0o700 });
  const folder = await mkdtemp(join(probes, "probe-"));
  const startedAt = performance.now();
  const tethered = spawnTethered(qemu, probeArguments(kernel, accelerator, folder), { stderr: "pipe" });
  const child = tethered.process;
  const events = join(folder, EVENTS_FILE);
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(0, MAX_SAID_LENGTH);
  });
  let ending: string | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      ending = error.message;
      resolve();
    });
    child.once("close", (status, signal) => {
      ending ??= firstSentence(said) ?? `QEMU ended with ${signal ?? `status ${status}`}`;
      resolve();
    });
  });
  try {
    for (;;) {
      const isOver = ending !== undefined;
      if ((await readFile(events, "utf8").catch(() => "")).includes('"kernel"')) {
        return { isAlive: true, afterMs: performance.now() - startedAt };
      }
      if (isOver) return { isAlive: false, ending: ending ?? "" };
      signal.throwIfAborted();
      if (performance.now() - startedAt > LIMIT_MS) return { isAlive: false, ending: `nothing within ${LIMIT_MS} ms` };
      await Promise.race([ended, sleep(LOOK_EVERY_MS)]);
    }
  } finally {
    tethered.end();
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ends the probes of an engine that was killed: its guests may be of those that never end by themselves. */
export async function endOrphanedProbes(probes: string): Promise<void> {
  for (const { handle } of await findMachines(probes)) process.kill(handle.pid, "SIGKILL");
  await rm(probes, { recursive: true, force: true });
}

function probeArguments(kernel: string, accelerator: Accelerator, folder: string): string[] {
  const events = join(folder, EVENTS_FILE);
  return [
    ...["-M", "microvm,acpi=on,rtc=on", "-accel", accelerator, "-cpu", accelerator === "tcg" ? "max" : "host"],
    ...["-pidfile", join(folder, "qemu.pid")],
    ...["-m", "64M", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ...["-global", "virtio-mmio.force-legacy=false", "-kernel", kernel, "-append", "quiet"],
    ...["-device", "virtio-serial-device,max_ports=4", "-chardev", "null,id=console"],
    ...["-device", "virtconsole,chardev=console"],
    ...["-chardev", `file,id=events,path=${events.replaceAll(",", ",,")}`],
    ...["-device", "virtserialport,chardev=events,name=events"],
    ...["-device", "isa-debug-exit,iobase=0x501,iosize=0x04"],
  ];
}
