/** From what an instance is to the machine that runs it: every choice that a start has to make, and every check before it. */

import { access, constants } from "node:fs/promises";
import { Problem } from "../../../shared/problem.ts";
import type { MachineSpec } from "../hypervisors/driver.ts";
import type { InstanceFiles } from "../hypervisors/instance-files.ts";
import type { Accelerators } from "../hypervisors/qemu/accelerator.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { type UserSubnet, userSubnet } from "../lib/static-address.ts";
import { emptyCaptures } from "./captures.ts";
import { chooseHostPorts } from "./host-ports.ts";
import { wipeCrashLog } from "./own-disk.ts";
import type { InstanceRecord } from "./record.ts";
import type { Seat, SupervisorDeps } from "./supervisor-deps.ts";

export interface PlanDeps extends Pick<SupervisorDeps, "homes" | "extractKernel" | "networks" | "bridges"> {
  accelerators: Accelerators;
}

/** Only Pith has a virtio console and an events port; with every other kernel the serial port is the console. */
export function hasVirtioConsole(record: Pick<InstanceRecord, "kernel">): boolean {
  return record.kernel.kind === "pith";
}

/** A program reaches outwards unless somebody said how it is connected: ports lead through this card, too. */
export function hasUserNetwork({ wishes }: Pick<InstanceRecord, "wishes">, ports: readonly unknown[]): boolean {
  const { network, networks, bridges } = wishes;
  const isConnected = networks.length > 0 || bridges.length > 0;
  return network === "auto" ? ports.length > 0 || !isConnected : network !== "none";
}

/** Makes the disk ready too: no crash log of an earlier run. Throws image.not-found, image.damaged, port.busy, port.invalid, network.* */
export async function planMachine(record: InstanceRecord, files: InstanceFiles, needs: PlanDeps): Promise<MachineSpec> {
  const [accelerator, ports, privateNetworks, plugs, kernelPath] = await Promise.all([
    needs.accelerators.choose(record.wishes.accelerator),
    chooseHostPorts(record.wishes.ports, record.ports),
    seatsFor(record, needs),
    needs.bridges?.plug(record.id, record.wishes.bridges) ?? [],
    kernelForDirectBoot(record, files, needs),
    makeDiskReady(files.disk, record.name),
    record.wishes.capture && emptyCaptures(files),
  ]);
  return {
    name: record.name,
    machine: record.machine,
    accelerator,
    memoryBytes: record.memoryBytes,
    cpus: record.cpus,
    ports,
    network: hasUserNetwork(record, ports),
    isRestricted: record.wishes.network === "restricted",
    userSubnet: userSubnetFor(record),
    privateNetworks,
    plugs,
    kernel: kernelPath ? { path: kernelPath } : undefined,
    kernelOptions: hasVirtioConsole(record) ? kernelOptions(record) : "",
    hasVirtioConsole: hasVirtioConsole(record),
    pipedInput: isInputPiped(record),
    trace: record.trace && hasVirtioConsole(record),
    capture: record.wishes.capture,
    files,
  };
}

/** Its card comes after those of private networks and bridges, and so does the address that the image has for it. */
function userSubnetFor({ wishes, staticAddresses }: InstanceRecord): UserSubnet | undefined {
  const address = staticAddresses[wishes.networks.length + wishes.bridges.length];
  return address ? userSubnet(address) : undefined;
}

/** A machine does not wait for its switch, but what its program asks first is a name. */
async function seatsFor(record: InstanceRecord, { networks }: PlanDeps): Promise<Seat[]> {
  const { id, name, wishes, staticAddresses, socketFolder } = record;
  if (!networks || wishes.networks.length === 0) return [];
  const addresses = staticAddresses;
  const seats = await networks.seat({ instance: id, name, networks: wishes.networks, addresses, socketFolder });
  await networks.ready(wishes.networks);
  return seats;
}

/** Only a first run: who started it feeds it, and nobody feeds later ones. */
function pipesOf({ wishes, runs }: InstanceRecord): NonNullable<InstanceRecord["wishes"]["pipes"]> {
  return (runs === 0 && wishes.pipes) || { input: false, output: false };
}

export function isInputPiped(record: InstanceRecord): boolean {
  return hasVirtioConsole(record) && pipesOf(record).input;
}

function kernelOptions(record: InstanceRecord): string {
  const { input, output } = pipesOf(record);
  return [
    ...(record.echo ? [] : ["console=noecho"]),
    ...(input ? ["stdin=pipe"] : []),
    ...(output ? ["stdout=pipe"] : []),
    ...(record.trace ? ["trace"] : []),
  ].join(" ");
}

/** Undefined where the machine boots from its disk. The kernel is the one in the image, never one that is installed. */
async function kernelForDirectBoot(
  { machine, kernelFile }: InstanceRecord,
  { disk }: InstanceFiles,
  { extractKernel, homes }: PlanDeps,
): Promise<string | undefined> {
  if (machine !== "microvm") return undefined;
  const isThere = kernelFile !== undefined && (await isReadable(kernelFile));
  return isThere ? kernelFile : (await extractKernel(disk, homes.kernelCache)).path;
}

async function makeDiskReady(disk: string, name: string): Promise<void> {
  try {
    await wipeCrashLog(disk);
  } catch (error) {
    if (systemErrorCode(error) !== "ENOENT") throw error;
    throw new Problem("image.not-found", `The disk of ${name} is gone`, {
      hint: "Delete the instance, and create a new one from its image.",
      cause: error,
    });
  }
}

function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
