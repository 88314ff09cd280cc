/** Machines as clouds and other tools make them: QEMU without Unideck's options, its disks behind other adapters than virtio-blk. */

import { spawn } from "node:child_process";
import { once } from "node:events";

const LIMIT_MS = 120_000;

/** Where a disk is: as raw file, and what QEMU puts in between, such as errors by `blkdebug`. */
export interface Disk {
  file: string;
  /** Options of the `blkdebug` driver: the disk fails as they say. */
  errors?: Readonly<Record<string, string | number | boolean>>;
}

export interface CloudMachine {
  machine: "q35" | "pc";
  /** What is there once for all disks. */
  adapter: readonly string[];
  /** The device of the disk that QEMU knows by that name. */
  device: (drive: string, index: number) => string;
}

const scsi = (drive: string) => `scsi-hd,drive=${drive}`;

export const cloudMachines = {
  "virtio-blk": { machine: "q35", adapter: [], device: (drive) => `virtio-blk-pci,drive=${drive}` },
  "virtio-scsi": { machine: "q35", adapter: ["-device", "virtio-scsi-pci"], device: scsi },
  "virtio-scsi behind a port of PCI Express, as OPS has it": {
    machine: "q35",
    adapter: [
      ...["-device", "pcie-root-port,port=0x10,chassis=1,id=pci.1,bus=pcie.0,multifunction=on,addr=0x3"],
      ...["-device", "virtio-scsi-pci,bus=pci.1,addr=0x0,id=scsi0"],
    ],
    device: (drive) => `scsi-hd,bus=scsi0.0,drive=${drive}`,
  },
  "virtio-scsi with an interrupt line": {
    machine: "pc",
    adapter: ["-device", "virtio-scsi-pci,vectors=0"],
    device: scsi,
  },
  "virtio-scsi with the interface from before VIRTIO 1.0, as Google Cloud has it": {
    machine: "pc",
    adapter: ["-device", "virtio-scsi-pci,disable-modern=on,disable-legacy=off"],
    device: scsi,
  },
  NVMe: { machine: "q35", adapter: [], device: (drive, index) => `nvme,serial=disk${index},drive=${drive}` },
  "NVMe with a namespace for each disk": {
    machine: "q35",
    adapter: ["-device", "nvme,serial=all,id=all"],
    device: (drive, index) => `nvme-ns,bus=all,nsid=${index + 1},drive=${drive}`,
  },
} as const satisfies Record<string, CloudMachine>;

function drive({ file, errors }: Disk, name: string): string[] {
  const raw = { driver: "raw", file: { driver: "file", filename: file }, discard: "unmap" };
  const node = errors
    ? { driver: "raw", "node-name": name, file: { driver: "blkdebug", image: raw.file, "inject-error": [errors] } }
    : { ...raw, "node-name": name };
  return ["-blockdev", JSON.stringify(node)];
}

/** Boots from the first of the disks, up to the machine's end; gives its serial console. Writes stay. */
export async function bootFromCloudDisk(
  { machine, adapter, device }: CloudMachine,
  disks: readonly Disk[],
  more: readonly string[] = [],
): Promise<string> {
  const qemu = spawn(
    "qemu-system-x86_64",
    [
      ...["-machine", `${machine},accel=tcg`, "-cpu", "max", "-m", "256", "-nodefaults", "-no-user-config"],
      ...["-display", "none", "-no-reboot", "-serial", "stdio", ...adapter, ...more],
      // Firmware finds several NVMe disks in any order.
      ...disks.flatMap((disk, index) => [
        ...drive(disk, `disk${index}`),
        ...["-device", `${device(`disk${index}`, index)}${index === 0 ? ",bootindex=0" : ""}`],
      ]),
    ],
    { stdio: ["ignore", "pipe", "pipe"], signal: AbortSignal.timeout(LIMIT_MS), killSignal: "SIGKILL" },
  );
  let said = "";
  for (const stream of [qemu.stdout, qemu.stderr]) stream.on("data", (bytes) => (said += bytes));
  await Promise.race([once(qemu, "close"), once(qemu, "error")]);
  return said;
}
