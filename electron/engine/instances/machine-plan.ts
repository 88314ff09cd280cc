/** From what an instance is to the machine that runs it: every choice that a start has to make, and every check before it. */

import { access, constants } from "node:fs/promises";
import type { PortForward } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import type { Driver, MachineSpec, Nic } from "../hypervisors/driver.ts";
import type { InstanceFiles } from "../hypervisors/instance-files.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { type UserSubnet, userSubnet } from "../lib/static-address.ts";
import { emptyCaptures } from "./captures.ts";
import { bridgeCard, privateCard, USER_CARD } from "./card-names.ts";
import { chooseHostPorts } from "./host-ports.ts";
import { wipeCrashLog } from "./own-disk.ts";
import type { InstanceRecord } from "./record.ts";
import type { Membership, SupervisorDeps } from "./supervisor-deps.ts";

export interface PlanDeps extends Pick<SupervisorDeps, "homes" | "extractKernel" | "networks" | "bridges"> {
  driver: Driver;
}

/** Only Pith has a virtio console and an events port; with every other kernel the serial port is the console. */
export function hasVirtioConsole(record: Pick<InstanceRecord, "kernel">): boolean {
  return record.kernel.kind === "pith";
}

/** A program reaches outwards unless somebody said how it is connected: ports lead through this card, too. */
export function hasUserNetwork({ spec }: Pick<InstanceRecord, "spec">, ports: readonly unknown[]): boolean {
  const { network, networks, bridges } = spec;
  const isConnected = networks.length > 0 || bridges.length > 0;
  return network === "auto" ? ports.length > 0 || !isConnected : network !== "none";
}

/** For the run `run`. Makes the disk ready too: no crash log of an earlier run. Throws image.not-found, image.damaged, port.busy, port.invalid, network.* */
export async function planMachine(
  record: InstanceRecord,
  run: number,
  files: InstanceFiles,
  deps: PlanDeps,
): Promise<MachineSpec> {
  // Of the last run's choices none is the next one's.
  const options = deps.driver.chooseOptions(record.spec.options, record.kernel.kind);
  const [ports, seats, plugs, kernelPath] = await Promise.all([
    chooseHostPorts(record.spec.ports, record.ports),
    seatsFor(record, deps),
    deps.bridges?.plug(record.id, record.spec.bridges) ?? [],
    deps.driver.bootsKernel(options) ? kernelForDirectBoot(record, files, deps) : undefined,
    makeDiskReady(files.disk, record.name),
    record.spec.capture && emptyCaptures(files),
  ]);
  return {
    name: record.name,
    options,
    memoryBytes: record.memoryBytes,
    cpus: record.cpus,
    disks: [{ name: "root", path: files.disk }],
    // The user-mode card is last, so that the gateway of a private network is the guest's default: there are the names of its
    // members.
    nics: [
      ...seats.map(({ network, mac, socket }): Nic => ({ kind: "switch", name: privateCard(network), mac, socket })),
      ...plugs.map((plug, i): Nic => ({ ...plug, name: bridgeCard(i, plug.network) })),
      ...(hasUserNetwork(record, ports) ? [userNic(record, ports)] : []),
    ],
    kernel: kernelPath ? { path: kernelPath } : undefined,
    kernelOptions: hasVirtioConsole(record) ? kernelOptions(record) : "",
    hasVirtioConsole: hasVirtioConsole(record),
    pipedInput: isInputPiped(record),
    trace: record.trace && hasVirtioConsole(record),
    capture: record.spec.capture,
    run,
    files,
  };
}

function userNic(record: InstanceRecord, forwards: PortForward[]): Nic {
  const isRestricted = record.spec.network === "restricted";
  return { kind: "user", name: USER_CARD, isRestricted, subnet: userSubnetFor(record), forwards };
}

/** Its card comes after those of private networks and bridges, and so does the address that the image has for it. */
function userSubnetFor({ spec, staticAddresses }: InstanceRecord): UserSubnet | undefined {
  const address = staticAddresses[spec.networks.length + spec.bridges.length];
  return address ? userSubnet(address) : undefined;
}

/** A machine does not wait for its switch, but what its program asks first is a name. */
async function seatsFor(record: InstanceRecord, { networks }: PlanDeps): Promise<Membership[]> {
  const { id, name, spec, staticAddresses, socketFolder } = record;
  if (!networks || spec.networks.length === 0) return [];
  const addresses = staticAddresses;
  const seats = await networks.seat({ instance: id, name, networks: spec.networks, addresses, socketFolder });
  await networks.ready(spec.networks);
  return seats;
}

/** Only a first run: who started it feeds it, and nobody feeds later ones. */
function pipesOf({ spec, runs }: InstanceRecord): NonNullable<InstanceRecord["spec"]["pipes"]> {
  return (runs === 0 && spec.pipes) || { input: false, output: false };
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

/** The kernel is the one in the image, never one that is installed. */
async function kernelForDirectBoot(
  { kernelFile }: InstanceRecord,
  { disk }: InstanceFiles,
  { extractKernel, homes }: PlanDeps,
): Promise<string> {
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
