/**
 * From a machine to QEMU's arguments. Pure.
 *
 * Written for QEMU 6 to 10. What each part is for: spec of the machines in docs/architecture.md; facts tried with 7.2.
 */

import type { PortForward } from "../../../../shared/contract/instances.ts";
import type { Disk, MachineSpec, Nic } from "../driver.ts";
import { capturePipe } from "../pipes.ts";

/** The port through which a guest ends QEMU: status `(code << 1) | 1`. */
export const DEBUG_EXIT_PORT = 0x501;
export type Accelerator = "kvm" | "hvf" | "tcg";
export type MachineType = "microvm" | "q35";

/** What only QEMU has, chosen. */
export interface QemuOptions {
  machine: MachineType;
  accelerator: Accelerator;
}

type UserNic = Extract<Nic, { kind: "user" }>;

/** Console, events, and seats for trace and stats. */
const VIRTIO_SERIAL_PORTS = 8;
/** What names of filters that capture begin with. */
export const CAPTURE_PREFIX = "capture-";
/** Of a frame that is larger (there is none but with offloads) the rest is left out of a capture. */
const CAPTURED_FRAME_BYTES = 65_536;

/** The arguments after the program's name. */
export function qemuArguments(spec: MachineSpec, { machine, accelerator }: QemuOptions): string[] {
  const { files, disks, nics } = spec;
  const device = devicesOf(machine, spec);
  return [
    ...["-name", escapeValue(spec.name)],
    ...["-M", machineOptions[machine]],
    ...["-accel", accelerator],
    // "max" is all that QEMU can imitate; with a hardware accelerator the host's own processor is passed through.
    ...["-cpu", accelerator === "tcg" ? "max" : "host"],
    ...["-smp", String(spec.cpus)],
    ...["-m", `${Math.ceil(spec.memoryBytes / 2 ** 20)}M`],
    ...["-nodefaults", "-no-user-config", "-no-reboot"],
    ...["-display", "none"],
    // Modern virtio (version 2) on the MMIO bus; without it the devices speak the legacy interface.
    ...(machine === "microvm" ? ["-global", "virtio-mmio.force-legacy=false"] : []),
    ...kernelArguments(spec),
    ...disks.flatMap((disk, i) => diskArguments(device, disk, i)),
    ...["-device", device("virtio-rng")],
    ...serialArguments(spec),
    ...(spec.hasVirtioConsole ? virtioConsoleArguments(device, spec) : []),
    ...nics.flatMap((nic) => nicArguments(device, machine, nic)),
    ...(spec.capture
      ? nics.flatMap(({ name }) => ["-object", captureObject(name, capturePipe(files.folder, name))])
      : []),
    ...["-device", `isa-debug-exit,iobase=0x${DEBUG_EXIT_PORT.toString(16)},iosize=0x04`],
    ...["-qmp", `unix:${escapeValue(files.qmpSocket)},server=on,wait=off`],
    ...["-pidfile", files.pidFile],
    ...["-msg", "timestamp=on"],
  ];
}

/** What boots from the disk gets its options by the loader there (kernel/boot/disk/fw_cfg.c). */
function kernelArguments({ kernel, kernelOptions }: MachineSpec): string[] {
  if (kernel) return ["-kernel", kernel.path, "-append", kernelOptions];
  return kernelOptions === "" ? [] : ["-fw_cfg", `name=${BOOT_OPTIONS},string=${escapeValue(kernelOptions)}`];
}

const BOOT_OPTIONS = "opt/org.unideck.boot/options";

const machineOptions = {
  // ACPI carries the power button; the real-time clock the date.
  microvm: "microvm,acpi=on,rtc=on",
  // No disk is on SATA, nobody uses SMBus or VMware's port: what is not there the firmware does not look for.
  q35: "q35,sata=off,smbus=off,vmport=off",
} as const;

type Device = (name: string, options?: string) => string;

/** Virtio devices have the name of their bus at the end; `bootindex` has a meaning only where firmware boots. */
function devicesOf(machine: MachineType, { kernel }: MachineSpec): Device {
  const bus = machine === "microvm" ? "device" : "pci";
  return (name, options = "") => {
    const kept = kernel ? options.replace(/,?bootindex=\d+/, "") : options;
    return [`${name}-${bus}`, kept].filter(Boolean).join(",");
  };
}

function diskArguments(device: Device, { name, path }: Disk, i: number): string[] {
  return [
    ...["-drive", `if=none,id=${name},format=raw,discard=unmap,file=${escapeValue(path)}`],
    ...["-device", device("virtio-blk", `drive=${name},bootindex=${i}`)],
  ];
}

/**
 * A console: QEMU writes the log itself, whether a client is connected or not, and takes input from the socket. The log is
 * a pipe to the keeper; a full one makes QEMU wait, and so the guest. A client that is connected must read: QEMU waits for
 * it before it takes more from the guest (both tried with 7.2).
 */
function consoleBackend(id: string, socket: string, log: string): string {
  const paths = `path=${escapeValue(socket)},server=on,wait=off,logfile=${escapeValue(log)},logappend=on`;
  return `socket,id=${id},${paths}`;
}

function serialArguments({ files }: MachineSpec): string[] {
  return ["-chardev", consoleBackend("serial", files.serialSocket, files.pipes.serial), "-serial", "chardev:serial"];
}

function virtioConsoleArguments(device: Device, spec: MachineSpec): string[] {
  const { files } = spec;
  return [
    ...["-device", device("virtio-serial", `max_ports=${VIRTIO_SERIAL_PORTS}`)],
    ...["-chardev", consoleBackend("console", files.virtioSocket, files.pipes.virtio)],
    ...["-device", "virtconsole,chardev=console,name=console"],
    ...pipePort("events", files.pipes.events),
    ...socketPort("stats", files.statsSocket),
    ...socketPort("clock", files.clockSocket),
    ...(spec.pipedInput ? socketPort("stdin", files.stdinSocket) : []),
    ...(spec.trace ? pipePort("trace", files.pipes.trace) : []),
  ];
}

/** A port that the guest finds by its name; its bytes go to a pipe that the keeper reads. */
function pipePort(name: string, path: string): string[] {
  const chardev = `file,id=${name},path=${escapeValue(path)},append=on`;
  return ["-chardev", chardev, "-device", `virtserialport,chardev=${name},name=${name}`];
}

/** A port that the guest finds by its name, at whose other end the engine asks. */
function socketPort(name: string, path: string): string[] {
  const chardev = `socket,id=${name},path=${escapeValue(path)},server=on,wait=off`;
  return ["-chardev", chardev, "-device", `virtserialport,chardev=${name},name=${name}`];
}

function nicArguments(device: Device, machine: MachineType, nic: Nic): string[] {
  const mac = nic.kind === "user" ? "" : `,mac=${nic.mac}`;
  // The option ROM would only cost time: nobody boots from the network.
  const rom = machine === "q35" ? ",romfile=" : "";
  return ["-netdev", backendOf(nic), "-device", device("virtio-net", `netdev=${nic.name}${mac}${rom}`)];
}

function backendOf(nic: Nic): string {
  switch (nic.kind) {
    case "user":
      return userBackend(nic);
    case "switch":
      return `stream,id=${nic.name},server=on,addr.type=unix,addr.path=${escapeValue(nic.socket)}`;
    case "tap":
      // It is there already: no script of QEMU's makes it, or takes it away.
      return `tap,id=${nic.name},ifname=${nic.tap},script=no,downscript=no`;
    case "bridge-helper":
      return `bridge,id=${nic.name},br=${nic.bridge},helper=${escapeValue(nic.helper)}`;
    case "vmnet-shared":
      return `vmnet-shared,id=${nic.name}`;
    case "vmnet-bridged":
      return `vmnet-bridged,id=${nic.name},ifname=${nic.interface}`;
  }
}

function userBackend({ name, isRestricted, subnet, forwards }: UserNic): string {
  const forwarded = forwards.map((port) => `,hostfwd=${hostForward(port, subnet?.guest)}`).join("");
  // The guest is reached through forwards, and opens no connection: neither out nor to the host's own services.
  return `user,id=${name}${isRestricted ? ",restrict=on" : ""}${subnetOptions(subnet)}${forwarded}`;
}

function subnetOptions(userSubnet: UserNic["subnet"]): string {
  if (!userSubnet) return "";
  const { subnet, host, nameServer, guest } = userSubnet;
  return `,net=${subnet},host=${host},dns=${nameServer},${GUEST_OPTION}${guest}`;
}

const GUEST_OPTION = "dhcpstart=";

/** The network card of user mode in a machine's command line: its name, and the guest's address behind it where that is not the usual one. */
export function userNicIn(commandLine: readonly string[]): { name: string; guest: string | undefined } | undefined {
  const backend = commandLine.find((word, i) => commandLine[i - 1] === "-netdev" && word.startsWith("user,"));
  const options = backend?.split(",") ?? [];
  const optionOf = (name: string) => options.find((option) => option.startsWith(name))?.slice(name.length);
  const name = optionOf("id=");
  return name === undefined ? undefined : { name, guest: optionOf(GUEST_OPTION) };
}

function captureObject(card: string, path: string): string {
  const { "qom-type": type, ...options } = captureFilter(card, path);
  const pairs = Object.entries(options).map(([name, value]) => `${name}=${escapeValue(String(value))}`);
  return [type, ...pairs].join(",");
}

/** As QEMU's `-object` and `object-add` take it. */
export function captureFilter(card: string, path: string) {
  const id = `${CAPTURE_PREFIX}${card}`;
  return { "qom-type": "filter-dump", id, netdev: card, file: path, maxlen: CAPTURED_FRAME_BYTES };
}

/** `tcp:127.0.0.1:8080-:80`: also what QEMU quotes when it can't have the port. */
export function hostForward(port: PortForward, guest = ""): string {
  return `${hostSide(port)}-${guest}:${port.guest}`;
}

/** `tcp:127.0.0.1:8080` */
export function hostSide({ protocol, hostAddress, host }: PortForward): string {
  return `${protocol}:${hostAddress}:${host}`;
}

/** In QEMU's option lists a comma within a value is doubled. */
function escapeValue(value: string): string {
  return value.replaceAll(",", ",,");
}
