/** Plausible things for component tests; each test changes what it is about. */

import type { Bridge, BridgeHost, BridgePlan, BridgeSpec } from "../../shared/contract/bridges.ts";
import { type BuildRecord, BuildSpec, type Image } from "../../shared/contract/images.ts";
import type { Instance } from "../../shared/contract/instances.ts";
import type { KernelRelease } from "../../shared/contract/kernels.ts";
import type { Network } from "../../shared/contract/networks.ts";
import type { Inspection } from "../../shared/contract/programs.ts";
import type { Task } from "../../shared/contract/tasks.ts";

/** 23 November 2026, 22:47, in UTC. */
export const EVENING = Date.UTC(2026, 10, 23, 22, 47);

export function anInstance(change: Partial<Instance> = {}): Instance {
  return {
    id: "i1",
    name: "web-1",
    image: "go-web",
    state: "created",
    hypervisor: "qemu",
    options: { machine: "microvm" },
    kernel: { kind: "pith", version: "0.1" },
    memoryBytes: 64 * 2 ** 20,
    cpus: 1,
    ports: [],
    pendingPorts: [],
    networks: [],
    bridges: [],
    addresses: [],
    listening: [],
    capture: { on: false, isFull: false, files: [] },
    echo: true,
    trace: false,
    runs: 0,
    times: { created: EVENING },
    milestones: [],
    commandLine: [],
    consoleBytes: 0,
    ...change,
  };
}

/** 90 ms from start to first output, as the kernel told it. */
export function aRunning(change: Partial<Instance> = {}): Instance {
  return anInstance({
    state: "running",
    options: { machine: "microvm", accelerator: "tcg" },
    runs: 1,
    pid: 41873,
    ports: [{ hostAddress: "127.0.0.1", host: 8080, guest: 8080, protocol: "tcp" }],
    times: { created: EVENING, starting: EVENING + 10, running: EVENING + 28, firstOutput: EVENING + 100 },
    firstOutputSource: "program",
    milestones: [
      { name: "kernel", atNs: 21e6 },
      { name: "address", atNs: 30e6 },
      { name: "first-write", atNs: 72e6 },
    ],
    commandLine: ["/usr/bin/qemu-system-x86_64", "-M", "microvm", "-append", "root=/dev/vda quiet"],
    ...change,
  });
}

export function anEnded(exit: Instance["exit"], change: Partial<Instance> = {}): Instance {
  return aRunning({
    state: "exited",
    exit,
    pid: undefined,
    times: {
      created: EVENING,
      starting: EVENING + 10,
      running: EVENING + 28,
      firstOutput: EVENING + 100,
      ended: EVENING + 1900,
    },
    ...change,
  });
}

/** How an image of that program was built. */
export function aBuild(spec: Partial<BuildSpec> & { program: string }): BuildRecord {
  return {
    version: 2,
    builtAt: new Date(EVENING).toISOString(),
    spec: BuildSpec.parse(spec),
    program: {
      path: spec.program,
      sizeBytes: 6_710_886,
      modifiedAt: new Date(EVENING).toISOString(),
      sha256: "12".repeat(32),
    },
    kernel: { kind: "pith", version: "0.1", sha256: "34".repeat(32) },
    image: { sizeBytes: 20 * 2 ** 20, uuid: "3f9a0123-0000-4000-8000-000000000000" },
  };
}

export function anImage(change: Partial<Image> = {}): Image {
  return {
    name: "go-web",
    path: "/home/me/.ops/images/go-web",
    sizeBytes: 20 * 2 ** 20,
    diskBytes: 7_444_890,
    createdAt: new Date(EVENING).toISOString(),
    architecture: "x86-64",
    kernel: { kind: "pith", version: "0.1" },
    program: "/go-web",
    arguments: ["go-web", "-addr", ":8080"],
    environment: { GREETING: "hello" },
    programState: "same",
    ...change,
  };
}

export function aNetwork(change: Partial<Network> = {}): Network {
  return {
    name: "shop",
    subnet: "10.77.1.0/24",
    address: "10.77.1.1",
    wayOut: true,
    running: true,
    createdAt: EVENING,
    members: [{ instance: "i1", name: "web-1", mac: "02:00:00:00:00:01", address: "10.77.1.2" }],
    ...change,
  };
}

export function aBridge(change: Partial<Bridge> = {}): Bridge {
  return {
    name: "br0",
    state: "ready",
    uplink: "eno2",
    addresses: ["192.168.7.5/24"],
    taps: ["br0-t0", "br0-t1"],
    wish: { name: "br0", uplink: "eno2", seats: 2 },
    ...change,
  };
}

/** `eno1` has the way out, `eno2` has nothing to lose, `wlan0` can't be plugged in. */
export function aBridgeHost(change: Partial<BridgeHost> = {}): BridgeHost {
  const reasons = ["The host's default route goes through it"];
  return {
    platform: "linux",
    interfaces: [
      { name: "eno1", addresses: ["192.168.1.5/24"], reasons },
      { name: "eno2", addresses: [], reasons: [] },
      { name: "wlan0", addresses: [], reasons: [], refusal: "it is wireless" },
    ],
    way: "pkexec",
    ...change,
  };
}

export function aBridgePlan(wish: BridgeSpec): BridgePlan {
  const command = `ip link add name ${wish.name} type bridge`.split(" ");
  const undo = `ip link del dev ${wish.name}`.split(" ");
  return {
    wish,
    steps: [
      { command, undo, changes: `Makes ${wish.name}, a software switch on the host` },
      {
        command: `ip link set dev ${wish.uplink ?? `${wish.name}-t0`} master ${wish.name}`.split(" "),
        undo: `ip link set dev ${wish.uplink ?? `${wish.name}-t0`} nomaster`.split(" "),
        changes: `Plugs ${wish.uplink ?? `${wish.name}-t0`} into ${wish.name}`,
      },
    ],
    warnings: wish.uplink ? [] : ["Without an uplink there is no DHCP server: give instances static addresses."],
    ...(wish.uplink === "eno1" && {
      consent: { interface: "eno1", reasons: ["The host's default route goes through it"] },
    }),
    digest: `digest of ${wish.name}`,
  };
}

export function aTask(change: Partial<Task> = {}): Task {
  return {
    id: "t1",
    kind: "run",
    title: "Build and run hello",
    state: "running",
    phase: "Copying files",
    progress: { done: 3 * 2 ** 20, total: 12 * 2 ** 20, unit: "bytes" },
    startedAt: new Date(EVENING).toISOString(),
    output: [],
    ...change,
  };
}

export const pith: KernelRelease = {
  id: "pith",
  kind: "pith",
  version: "0.1",
  path: "/opt/unideck/kernel",
  architecture: "x86-64",
  bundled: true,
  kernelBytes: 380_000,
  klibs: [],
};

export function aNanos(change: Partial<KernelRelease> = {}): KernelRelease {
  return {
    id: "0.1.54",
    kind: "nanos",
    version: "0.1.54",
    path: "/home/me/.ops/0.1.54",
    architecture: "x86-64",
    bundled: false,
    kernelBytes: 2_800_000,
    klibs: ["ntp", "syslog", "tls"],
    sha256: "54".repeat(32),
    from: "https://releases.test/0.1.54/nanos-release-linux-0.1.54.tar.gz",
    ...change,
  };
}

export function anInspection(change: Partial<Inspection> = {}): Inspection {
  return {
    program: {
      path: "/home/me/hello",
      fileName: "hello",
      sizeBytes: 6_710_886,
      modifiedAt: new Date(EVENING).toISOString(),
      bits: 64,
      architecture: "x86-64",
      linkage: "static",
      needed: [],
      runpath: [],
      buildId: "3f9a0123456789c2",
      language: "go",
      toolchain: "go1.26.1",
      stripped: false,
      refusedCalls: [],
    },
    libraries: [],
    findings: [],
    suggested: { name: "hello", programPath: "/hello", memoryBytes: 256 * 2 ** 20, ports: [] },
    ...change,
  };
}
