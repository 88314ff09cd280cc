/** A machine as QEMU's own options describe it, for what no instance of Unideck has: extra disks, recorded writes. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "./world.ts";

const LIMIT_MS = 120_000;
const kernel = join(root, "kernel", "build", "release", "kernel.img");

/** Boots Pith with these disks and whatever else is asked for, up to its end: what its console and QEMU said. A reset ends it too. */
export async function runBareMachine(options: readonly string[], { canReset = false } = {}): Promise<string> {
  const machine = spawn(
    "qemu-system-x86_64",
    [
      ...["-M", "microvm,acpi=on", "-cpu", "max", "-m", "128", "-nodefaults", "-no-user-config"],
      ...["-display", "none", "-global", "virtio-mmio.force-legacy=false", "-kernel", kernel],
      ...options,
      ...["-device", "virtio-serial-device", "-chardev", "stdio,id=console", "-device", "virtconsole,chardev=console"],
      ...["-serial", "null", "-device", "isa-debug-exit,iobase=0x501"],
      ...(canReset ? [] : ["-no-reboot"]),
    ],
    { stdio: ["ignore", "pipe", "pipe"], signal: AbortSignal.timeout(LIMIT_MS) },
  );
  let said = "";
  for (const stream of [machine.stdout, machine.stderr]) stream.on("data", (bytes) => (said += bytes));
  await once(machine, "close");
  return said;
}
