/**
 * From a machine to QEMU's arguments. Pure.
 *
 * Written for QEMU 6 to 10. What each part is for: spec of the machines in docs/architecture.md; facts tried with 7.2.
 */

import type { PortForward } from "../../../../shared/contract/instances.ts";
import type { MachineSpec, Plug } from "../driver.ts";
import { capturePipe } from "../pipes.ts";

/** The port through which a guest ends QEMU: status `(code << 1) | 1`. */
export const DEBUG_EXIT_PORT = 0x501;
/** The cards whose packets are captured from the start, as a machine is started. */
export function cardsCapturedBy(commandLine: readonly string[]): string[] {
  return commandLine.flatMap((word, i) =>
    commandLine[i - 1] === "-object" ? (new RegExp(`\\bid=${CAPTURE_PREFIX}([^,]+)`).exec(word)?.[1] ?? []) : [],
  );
}

/** QEMU's name for the network that leads to where this machine can go. */
export const USER_NETWORK = "net0";
/** Console, events, and seats for trace and stats. */
const VIRTIO_SERIAL_PORTS = 8;
/** What names of filters that capture begin with. */
export const CAPTURE_PREFIX = "capture-";
/** Of a frame that is larger (there is none but with offloads) the rest is left out of a capture. */
const CAPTURED_FRAME_BYTES = 65_536;

/** The arguments after the program's name. */
export function qemuArguments(spec: MachineSpec): string[] {
  const { files } = spec;
  return [
    ...["-name", escapeValue(spec.name)],
    ...["-M", machineOptions[spec.machine]],
    ...["-accel", spec.accelerator],
    // "max" is all that QEMU can imitate; with a hardware accelerator the host's own processor is passed through.
    ...["-cpu", spec.accelerator === "tcg" ? "max" : "host"],
    ...["-smp", String(spec.cpus)],
    ...["-m", `${Math.ceil(spec.memoryBytes / 2 ** 20)}M`],
    ...["-nodefaults", "-no-user-config", "-no-reboot"],
    ...["-display", "none"],
    // Modern virtio (version 2) on the MMIO bus; without it the devices speak the legacy interface.
    ...(spec.machine === "microvm" ? ["-global", "virtio-mmio.force-legacy=false"] : []),
    ...kernelArguments(spec),
    ...["-drive", `if=none,id=root,format=raw,discard=unmap,file=${escapeValue(files.disk)}`],
    ...["-device", device(spec, "virtio-blk", "drive=root,bootindex=0")],
    ...["-device", device(spec, "virtio-rng")],
    ...serialArguments(spec),
    ...(spec.hasVirtioConsole ? virtioConsoleArguments(spec) : []),
    // First, so that the way out of a private network is the guest's default: there are the names of its members.
    ...withCaptures(spec, [
      ...spec.privateNetworks.flatMap((network) => privateNetworkArguments(spec, network)),
      ...spec.plugs.flatMap((plug, i) => plugArguments(spec, plug, i)),
      ...(spec.network ? networkArguments(spec) : []),
    ]),
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

/** Virtio devices have the name of their bus at the end; `bootindex` has a meaning only where firmware boots. */
function device(spec: MachineSpec, name: string, options = ""): string {
  const bus = spec.machine === "microvm" ? "device" : "pci";
  const kept = spec.kernel ? options.replace(/,?bootindex=\d+/, "") : options;
  return [`${name}-${bus}`, kept].filter(Boolean).join(",");
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

function virtioConsoleArguments(spec: MachineSpec): string[] {
  const { files } = spec;
  return [
    ...["-device", device(spec, "virtio-serial", `max_ports=${VIRTIO_SERIAL_PORTS}`)],
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

function networkArguments(spec: MachineSpec): string[] {
  const forwards = spec.ports.map((port) => `,hostfwd=${hostForward(port, spec.userSubnet?.guest)}`).join("");
  // The guest is reached through forwards, and opens no connection: neither out nor to the host's own services.
  const restriction = spec.isRestricted ? ",restrict=on" : "";
  // The option ROM would only cost time: nobody boots from the network.
  const rom = spec.machine === "q35" ? ",romfile=" : "";
  const card = device(spec, "virtio-net", `netdev=${USER_NETWORK}${rom}`);
  return ["-netdev", `user,id=${USER_NETWORK}${restriction}${subnetOptions(spec)}${forwards}`, "-device", card];
}

function subnetOptions({ userSubnet }: MachineSpec): string {
  if (!userSubnet) return "";
  const { subnet, host, nameServer, guest } = userSubnet;
  return `,net=${subnet},host=${host},dns=${nameServer},${GUEST_OPTION}${guest}`;
}

const GUEST_OPTION = "dhcpstart=";

/** The guest's address behind that card, as a machine was started with it; undefined: the usual one. */
export function guestAddressIn(commandLine: readonly string[]): string | undefined {
  const options = commandLine.find((word) => word.startsWith(`user,id=${USER_NETWORK}`))?.split(",");
  return options?.find((option) => option.startsWith(GUEST_OPTION))?.slice(GUEST_OPTION.length);
}

function privateNetworkArguments(
  spec: MachineSpec,
  { network, mac, socket }: MachineSpec["privateNetworks"][number],
): string[] {
  const id = `private-${network}`;
  const rom = spec.machine === "q35" ? ",romfile=" : "";
  return [
    ...["-netdev", `stream,id=${id},server=on,addr.type=unix,addr.path=${escapeValue(socket)}`],
    ...["-device", device(spec, "virtio-net", `netdev=${id},mac=${mac}${rom}`)],
  ];
}

/** Cards with what leads them, and, where packets are to be captured, a filter behind each. */
function withCaptures({ capture, files }: MachineSpec, words: string[]): string[] {
  if (!capture) return words;
  const cards = words.flatMap((word, i) => (words[i - 1] === "-netdev" ? (/\bid=([^,]+)/.exec(word)?.[1] ?? []) : []));
  return [...words, ...cards.flatMap((card) => ["-object", captureObject(card, capturePipe(files.folder, card))])];
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

/** QEMU's name for the network that leads the card of the instance's attachment `i`. */
export const bridgeCard = (i: number, network: string) => `bridge-${i}-${network}`;

function plugArguments(spec: MachineSpec, plug: Plug, i: number): string[] {
  const id = bridgeCard(i, plug.network);
  const rom = spec.machine === "q35" ? ",romfile=" : "";
  return [
    ...["-netdev", plugBackend(plug, id)],
    ...["-device", device(spec, "virtio-net", `netdev=${id},mac=${plug.mac}${rom}`)],
  ];
}

/** A TAP is there already: no script of QEMU's makes it, or takes it away. */
function plugBackend(plug: Plug, id: string): string {
  switch (plug.kind) {
    case "tap":
      return `tap,id=${id},ifname=${plug.tap},script=no,downscript=no`;
    case "bridge-helper":
      return `bridge,id=${id},br=${plug.bridge},helper=${escapeValue(plug.helper)}`;
    case "vmnet-shared":
      return `vmnet-shared,id=${id}`;
    case "vmnet-bridged":
      return `vmnet-bridged,id=${id},ifname=${plug.interface}`;
  }
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
