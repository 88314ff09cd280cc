import { expect, test } from "vitest";
import type { MachineSpec, Nic } from "../driver.ts";
import { instanceFiles } from "../instance-files.ts";
import { type QemuOptions, qemuArguments, userNicIn } from "./argv.ts";

const pith: MachineSpec = {
  name: "web",
  options: {},
  memoryBytes: 64 * 2 ** 20,
  cpus: 2,
  disks: [{ name: "root", path: "/home/me/i/disk.raw" }],
  nics: [],
  kernel: { path: "/cache/kernel.img" },
  kernelOptions: "console=noecho",
  hasVirtioConsole: true,
  trace: false,
  capture: false,
  run: 1,
  files: instanceFiles("/home/me/i", "/run/i"),
};

const argumentsOf = (spec: MachineSpec, options: Partial<QemuOptions> = {}) =>
  qemuArguments(spec, { machine: "microvm", accelerator: "tcg", ...options });

type UserNic = Extract<Nic, { kind: "user" }>;
const userNic = (more: Partial<UserNic> = {}): UserNic => ({
  ...{ kind: "user", name: "net0", isRestricted: false, subnet: undefined, forwards: [] },
  ...more,
});
const shop = { kind: "switch", name: "private-shop", mac: "02:00:00:00:00:01", socket: "/run/a,b/n1.sock" } as const;

const valueAfter = (words: string[], option: string) => words[words.indexOf(option) + 1];
const valuesOf = (words: string[], option: string) => words.filter((_, i) => words[i - 1] === option);

test("Pith is started directly on microvm, with its kernel and command line", () => {
  const words = argumentsOf(pith);

  expect(valueAfter(words, "-M")).toBe("microvm,acpi=on,rtc=on");
  expect(valueAfter(words, "-kernel")).toBe("/cache/kernel.img");
  expect(valueAfter(words, "-append")).toBe("console=noecho");
  expect(valueAfter(words, "-m")).toBe("64M");
  expect(valueAfter(words, "-smp")).toBe("2");
  expect(words).toContain("virtio-mmio.force-legacy=false");
  expect(valuesOf(words, "-device").every((device) => !device.includes("-pci"))).toBe(true);
});

test("each console has a log of its own that is appended to, and never a multiplexer", () => {
  const chardevs = valuesOf(argumentsOf(pith), "-chardev");

  expect(chardevs.find((one) => one.includes("id=serial"))).toContain("logfile=/home/me/i/serial.pipe,logappend=on");
  expect(chardevs.find((one) => one.includes("id=console"))).toContain("logfile=/home/me/i/console.pipe,logappend=on");
  expect(chardevs.find((one) => one.includes("id=events"))).toContain("path=/home/me/i/events.pipe,append=on");
  expect(chardevs.join()).not.toContain("mux");
});

test("Pith that boots from its disk gets its options by its loader", () => {
  const words = argumentsOf({ ...pith, kernel: undefined, kernelOptions: "a,b" }, { machine: "q35" });

  expect(words).not.toContain("-append");
  expect(valueAfter(words, "-fw_cfg")).toBe("name=opt/org.unideck.boot/options,string=a,,b");
});

test("another kernel boots from its disk on q35, with a serial port for a console", () => {
  const words = argumentsOf(
    { ...pith, kernel: undefined, kernelOptions: "", hasVirtioConsole: false, nics: [userNic()] },
    { machine: "q35" },
  );

  expect(words).not.toContain("-kernel");
  expect(words).not.toContain("-fw_cfg");
  expect(valuesOf(words, "-device")).toContain("virtio-blk-pci,drive=root,bootindex=0");
  expect(valuesOf(words, "-device")).toContain("virtio-net-pci,netdev=net0,romfile=");
  expect(words.join(" ")).not.toContain("virtconsole");
  expect(words.join(" ")).not.toContain("virtio-mmio");
});

test("ports become forwards of a card that is there only when it is wanted", () => {
  const ports = [
    { hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const },
    { hostAddress: "0.0.0.0", host: 53, guest: 53, protocol: "udp" as const },
  ];

  const words = argumentsOf({ ...pith, nics: [userNic({ forwards: ports })] });

  expect(valueAfter(words, "-netdev")).toBe("user,id=net0,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=udp:0.0.0.0:53-:53");
  expect(argumentsOf(pith)).not.toContain("-netdev");
});

test("a restricted guest is reached through its ports, and reaches nothing", () => {
  const ports = [{ hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const }];

  const words = argumentsOf({ ...pith, nics: [userNic({ forwards: ports, isRestricted: true })] });

  expect(valueAfter(words, "-netdev")).toBe("user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:8080-:80");
});

test("a guest that brings its address along has a network around it, and forwards that lead to it", () => {
  const subnet = {
    subnet: "192.168.5.0/24",
    host: "192.168.5.1",
    nameServer: "192.168.5.3",
    guest: "192.168.5.10",
  };
  const ports = [{ hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const }];

  const words = argumentsOf({ ...pith, nics: [userNic({ forwards: ports, subnet })] });

  expect(valueAfter(words, "-netdev")).toBe(
    "user,id=net0,net=192.168.5.0/24,host=192.168.5.1,dns=192.168.5.3,dhcpstart=192.168.5.10,hostfwd=tcp:127.0.0.1:8080-192.168.5.10:80",
  );
  expect(userNicIn(words)).toEqual({ name: "net0", guest: "192.168.5.10" });
  expect(userNicIn(argumentsOf({ ...pith, nics: [userNic({ forwards: ports })] }))).toEqual({ name: "net0" });
  expect(userNicIn(argumentsOf(pith))).toBeUndefined();
});

test("a hardware accelerator comes with the host's own processor", () => {
  const words = argumentsOf(pith, { accelerator: "kvm" });

  expect([valueAfter(words, "-accel"), valueAfter(words, "-cpu")]).toEqual(["kvm", "host"]);
});

test("a comma in a path does not end the option", () => {
  const words = argumentsOf({
    ...pith,
    disks: [{ name: "root", path: "/home/a,b/disk.raw" }],
    files: instanceFiles("/home/a,b", "/home/a,b"),
  });

  expect(valueAfter(words, "-drive")).toContain("file=/home/a,,b/disk.raw");
  expect(valueAfter(words, "-qmp")).toContain("unix:/home/a,,b/qmp.sock");
});

test("memory is rounded up to whole MiB", () => {
  expect(valueAfter(argumentsOf({ ...pith, memoryBytes: 12 * 2 ** 20 + 1 }), "-m")).toBe("13M");
});

test("cards of private networks come before the one that leads out, each waiting for its switch", () => {
  const line = argumentsOf({ ...pith, nics: [shop, userNic()] }).join(" ");

  expect(line).toContain("stream,id=private-shop,server=on,addr.type=unix,addr.path=/run/a,,b/n1.sock");
  expect(line).toContain("virtio-net-device,netdev=private-shop,mac=02:00:00:00:00:01");
  expect(line.indexOf("netdev=private-shop,mac")).toBeLessThan(line.indexOf("netdev=net0"));
});

test("a capture from the start has a filter behind every card, each with a file of its own", () => {
  const spec = { ...pith, files: instanceFiles("/home/a,b", "/run/i"), nics: [shop, userNic()] };

  const captures = valuesOf(argumentsOf({ ...spec, capture: true }), "-object");

  expect(captures).toEqual(
    ["private-shop", "net0"].map(
      (card) => `filter-dump,id=capture-${card},netdev=${card},file=/home/a,,b/capture-${card}.pipe,maxlen=65536`,
    ),
  );
  expect(argumentsOf(spec)).not.toContain("-object");
});

test("cards in the host's networks: a TAP that is there, QEMU's own helper, vmnet of macOS", () => {
  const mac = "02:00:00:00:00:01";
  const tap: Nic = { kind: "tap", name: "bridge-0-br0", network: "br0", mac, tap: "br0-t0" };
  const helper = "/usr/lib/qemu/qemu-bridge-helper";
  const backends = (...nics: Nic[]) => valuesOf(argumentsOf({ ...pith, nics }), "-netdev");

  expect(backends(tap)).toEqual(["tap,id=bridge-0-br0,ifname=br0-t0,script=no,downscript=no"]);
  expect(argumentsOf({ ...pith, nics: [tap] })).toContain(`virtio-net-device,netdev=bridge-0-br0,mac=${mac}`);
  expect(
    backends({ kind: "bridge-helper", name: "bridge-0-virbr0", network: "virbr0", mac, bridge: "virbr0", helper }),
  ).toEqual([`bridge,id=bridge-0-virbr0,br=virbr0,helper=${helper}`]);
  const vmnet = { name: "bridge-0-vmnet-shared", network: "vmnet-shared", mac, interface: undefined };
  expect(
    backends(
      { kind: "vmnet-shared", ...vmnet },
      { kind: "vmnet-bridged", name: "bridge-1-en0", network: "en0", mac, interface: "en0" },
    ),
  ).toEqual(["vmnet-shared,id=bridge-0-vmnet-shared", "vmnet-bridged,id=bridge-1-en0,ifname=en0"]);
});

test("each disk is a device of its own, and the first is booted from", () => {
  const disks = [
    { name: "root", path: "/i/disk.raw" },
    { name: "data", path: "/v/data.raw" },
  ];

  const words = argumentsOf({ ...pith, disks, kernel: undefined }, { machine: "q35" });

  expect(valuesOf(words, "-drive")[1]).toBe("if=none,id=data,format=raw,discard=unmap,file=/v/data.raw");
  expect(valuesOf(words, "-device").slice(0, 2)).toEqual([
    "virtio-blk-pci,drive=root,bootindex=0",
    "virtio-blk-pci,drive=data,bootindex=1",
  ]);
});
