/** An image booted by QEMU alone, without Unideck's ports and options: what a person, a script or a cloud does with it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { QmpClient } from "../../electron/engine/hypervisors/qemu/qmp.ts";
import type { World } from "./world.ts";

const LIMIT_MS = 60_000;

export interface BareMachine {
  machine: "q35" | "pc";
  cpus: number;
}

/** The machines on which a disk of ours has to boot each time. */
export const bareMachines: readonly BareMachine[] = [
  { machine: "q35", cpus: 1 },
  { machine: "q35", cpus: 2 },
  { machine: "pc", cpus: 1 },
  { machine: "pc", cpus: 2 },
];

function commandLine(image: string, { machine, cpus }: BareMachine): string[] {
  return [
    ...["-machine", `${machine},accel=tcg`, "-cpu", "max", "-smp", `${cpus}`, "-m", "256"],
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-serial", "stdio"],
    ...["-drive", `file=${image},format=raw,if=virtio,snapshot=on`],
  ];
}

/** Boots `image` up to the machine's end; gives its serial console. */
export async function bootBare(image: string, machine: BareMachine): Promise<string> {
  const qemu = spawn("qemu-system-x86_64", commandLine(image, machine), {
    stdio: ["ignore", "pipe", "pipe"],
    signal: AbortSignal.timeout(LIMIT_MS),
    killSignal: "SIGKILL",
  });
  let said = "";
  for (const stream of [qemu.stdout, qemu.stderr]) stream.on("data", (bytes) => (said += bytes));
  await Promise.race([once(qemu, "close"), once(qemu, "error")]);
  return said;
}

/**
 * Boots `image` `boots` times, on each of the machines in turn. Throws at the first boot whose console does not contain
 * `wanted`, with that console.
 */
export async function bootManyTimes(image: string, wanted: string, boots: number): Promise<void> {
  for (let boot = 0; boot < boots; boot++) {
    const machine = bareMachines[boot % bareMachines.length];
    if (!machine) return;
    const said = await bootBare(image, machine);
    if (said.includes(wanted)) continue;
    throw new Error(`boot ${boot + 1} on ${machine.machine} with ${machine.cpus} CPUs failed:\n${said}`);
  }
}

/** What QEMU's `info pic` shows once the program in `image` has ended and its machine would be off. */
export async function interruptControllers(world: World, options: readonly string[]): Promise<string> {
  const socket = world.path("bare.sock");
  const qemu = spawn(
    "qemu-system-x86_64",
    [...options, "-no-shutdown", "-S", "-qmp", `unix:${socket},server=on,wait=off`],
    { stdio: "ignore", signal: AbortSignal.timeout(LIMIT_MS), killSignal: "SIGKILL" },
  );
  const closed = once(qemu, "close");
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  const onEvent = ({ name }: { name: string }) => name === "SHUTDOWN" && resolve();
  const monitor = await connectWhenThere(socket, onEvent);
  await monitor.execute("cont");
  await Promise.race([ended, closed]);
  const shown = await monitor.execute("human-monitor-command", { "command-line": "info pic" });
  await monitor.execute("quit").catch(() => undefined);
  await closed;
  return String(shown);
}

async function connectWhenThere(socket: string, onEvent: (event: { name: string }) => void): Promise<QmpClient> {
  const deadline = Date.now() + LIMIT_MS;
  for (;;) {
    try {
      return await QmpClient.connect(socket, { onEvent });
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The machines again, as options for `interruptControllers`; and the one whose kernel QEMU starts itself. */
export function machineOptions(image: string, kernel: string): Record<string, string[]> {
  const disk = (machine: BareMachine["machine"]) => commandLine(image, { machine, cpus: 1 });
  const direct = ["-M", "microvm,acpi=on,accel=tcg", "-cpu", "max", "-m", "128", "-nodefaults", "-no-user-config"];
  return {
    "q35, from its disk": disk("q35"),
    "pc, from its disk": disk("pc"),
    "microvm, kernel started by QEMU": [
      ...direct,
      ...["-display", "none", "-serial", "null", "-kernel", kernel],
      ...["-global", "virtio-mmio.force-legacy=false", "-device", "virtio-blk-device,drive=disk"],
      ...["-drive", `id=disk,if=none,file=${image},format=raw,snapshot=on`],
    ],
  };
}

/** The image of `program` as a file, built in `world`. */
export async function buildFile(world: World, program: string, options: string[] = []): Promise<string> {
  const image = join(world.folder, "bare.img");
  await world.unideckJson(["build", program, "--out", image, ...options]);
  return image;
}
