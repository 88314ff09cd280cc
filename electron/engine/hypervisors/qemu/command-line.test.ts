/** QEMU's command line for one machine of each kind, against a file that is kept: a change of it has to be meant. */

import { expect, test } from "vitest";
import type { MachineSpec } from "../driver.ts";
import { instanceFiles } from "../instance-files.ts";
import { qemuArguments } from "./argv.ts";

const mac = "02:00:00:00:00:01";
const ports = [
  { hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const },
  { hostAddress: "0.0.0.0", host: 53, guest: 53, protocol: "udp" as const },
];
const userSubnet = { subnet: "192.168.5.0/24", host: "192.168.5.1", nameServer: "192.168.5.3", guest: "192.168.5.10" };

const pith: MachineSpec = {
  name: "web",
  machine: "microvm",
  accelerator: "tcg",
  memoryBytes: 256 * 2 ** 20,
  cpus: 1,
  ports: [],
  network: true,
  privateNetworks: [],
  plugs: [],
  kernel: { path: "/cache/kernel.img" },
  kernelOptions: "console=noecho",
  hasVirtioConsole: true,
  trace: false,
  capture: false,
  files: instanceFiles("/home/me/i", "/run/i"),
};
const nanos: MachineSpec = {
  ...pith,
  machine: "q35",
  kernel: undefined,
  kernelOptions: "",
  hasVirtioConsole: false,
};
const connected = {
  ports,
  privateNetworks: [{ network: "shop", mac, socket: "/run/n1.sock" }],
  plugs: [
    { kind: "tap" as const, network: "br0", mac, tap: "br0-t0" },
    { kind: "bridge-helper" as const, network: "virbr0", mac, bridge: "virbr0", helper: "/usr/lib/qemu/helper" },
  ],
};

const machines: Record<string, MachineSpec> = {
  "Pith on microvm": pith,
  "Pith on microvm, everything": {
    ...{ ...pith, ...connected },
    ...{ memoryBytes: 12 * 2 ** 20 + 1, cpus: 4, isRestricted: true, userSubnet, pipedInput: true },
    ...{ trace: true, capture: true, name: "a,b", files: instanceFiles("/home/a,b", "/run/a,b") },
  },
  "Pith on microvm, without a network, with KVM": { ...pith, network: false, accelerator: "kvm" },
  "Pith from its disk on q35": { ...pith, machine: "q35", kernel: undefined, kernelOptions: "a,b" },
  "Nanos on q35": nanos,
  "Nanos on q35, everything": { ...nanos, ...connected, capture: true, accelerator: "hvf" },
  "vmnet of macOS": {
    ...pith,
    network: false,
    plugs: [
      { kind: "vmnet-shared", network: "vmnet-shared", mac, interface: undefined },
      { kind: "vmnet-bridged", network: "en0", mac, interface: "en0" },
    ],
  },
};

test("equal machines have equal command lines", async () => {
  const lines = Object.entries(machines).map(
    ([name, spec]) =>
      `# ${name}\n${qemuArguments(spec)
        .join("\n")
        .replaceAll(/\n(?!-)/g, " ")}\n`,
  );

  await expect(lines.join("\n")).toMatchFileSnapshot("testing/command-lines.txt");
});
