/** QEMU's command line for one machine of each kind, against a file that is kept: a change of it has to be meant. */

import { expect, test } from "vitest";
import type { MachineSpec, Nic } from "../driver.ts";
import { instanceFiles } from "../instance-files.ts";
import { type QemuOptions, qemuArguments } from "./argv.ts";

const mac = "02:00:00:00:00:01";
const ports = [
  { hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const },
  { hostAddress: "0.0.0.0", host: 53, guest: 53, protocol: "udp" as const },
];
const subnet = { subnet: "192.168.5.0/24", host: "192.168.5.1", nameServer: "192.168.5.3", guest: "192.168.5.10" };

const userNic: Nic = { kind: "user", name: "net0", isRestricted: false, subnet: undefined, forwards: [] };
const pith: MachineSpec = {
  name: "web",
  options: {},
  memoryBytes: 256 * 2 ** 20,
  cpus: 1,
  disks: [{ name: "root", path: "/home/me/i/disk.raw" }],
  nics: [userNic],
  kernel: { path: "/cache/kernel.img" },
  kernelOptions: "console=noecho",
  hasVirtioConsole: true,
  trace: false,
  capture: false,
  run: 1,
  files: instanceFiles("/home/me/i", "/run/i"),
};
const nanos: MachineSpec = { ...pith, kernel: undefined, kernelOptions: "", hasVirtioConsole: false };
const helper = "/usr/lib/qemu/helper";
const connected: Nic[] = [
  { kind: "switch", name: "private-shop", mac, socket: "/run/n1.sock" },
  { kind: "tap", name: "bridge-0-br0", network: "br0", mac, tap: "br0-t0" },
  { kind: "bridge-helper", name: "bridge-1-virbr0", network: "virbr0", mac, bridge: "virbr0", helper },
];
const microvm: QemuOptions = { machine: "microvm", accelerator: "tcg" };
const q35: QemuOptions = { machine: "q35", accelerator: "tcg" };

const machines: Record<string, [MachineSpec, QemuOptions]> = {
  "Pith on microvm": [pith, microvm],
  "Pith on microvm, everything": [
    {
      ...pith,
      ...{ memoryBytes: 12 * 2 ** 20 + 1, cpus: 4, pipedInput: true, trace: true, capture: true, name: "a,b" },
      disks: [{ name: "root", path: "/home/a,b/disk.raw" }],
      nics: [...connected, { ...userNic, isRestricted: true, subnet, forwards: ports }],
      files: instanceFiles("/home/a,b", "/run/a,b"),
    },
    microvm,
  ],
  "Pith on microvm, without a network, with KVM": [
    { ...pith, nics: [] },
    { ...microvm, accelerator: "kvm" },
  ],
  "Pith from its disk on q35": [{ ...pith, kernel: undefined, kernelOptions: "a,b" }, q35],
  "Nanos on q35": [nanos, q35],
  "Nanos on q35, everything": [
    { ...nanos, capture: true, nics: [...connected, { ...userNic, forwards: ports }] },
    { ...q35, accelerator: "hvf" },
  ],
  "vmnet of macOS": [
    {
      ...pith,
      nics: [
        { kind: "vmnet-shared", name: "bridge-0-vmnet-shared", network: "vmnet-shared", mac, interface: undefined },
        { kind: "vmnet-bridged", name: "bridge-1-en0", network: "en0", mac, interface: "en0" },
      ],
    },
    microvm,
  ],
};

test("equal machines have equal command lines", async () => {
  const lines = Object.entries(machines).map(
    ([name, [spec, options]]) =>
      `# ${name}\n${qemuArguments(spec, options)
        .join("\n")
        .replaceAll(/\n(?!-)/g, " ")}\n`,
  );

  await expect(lines.join("\n")).toMatchFileSnapshot("testing/command-lines.txt");
});
