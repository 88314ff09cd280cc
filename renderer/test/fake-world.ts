/** What the engine of component tests is made of; each test puts in what it is about. */

import type { Bridge, BridgeHost, BridgePlan, BridgeSpec } from "../../shared/contract/bridges.ts";
import type { Configuration } from "../../shared/contract/configurations.ts";
import type { DoctorReport } from "../../shared/contract/doctor.ts";
import type { Changes, Snapshot } from "../../shared/contract/events.ts";
import type { ImageDetails, ImageEntry, ImageFinding, SpacePart } from "../../shared/contract/image-contents.ts";
import type { UnideckClient } from "../../shared/contract/index.ts";
import type {
  ConsoleChunk,
  Instance,
  InstanceSpec,
  LogLine,
  PortConflict,
  PortForward,
} from "../../shared/contract/instances.ts";
import type { KernelCatalogue } from "../../shared/contract/kernels.ts";
import type { Network, TrafficReport } from "../../shared/contract/networks.ts";
import type { Inspection, Runtime } from "../../shared/contract/programs.ts";
import { defaultSettings } from "../../shared/contract/settings.ts";
import type { Task } from "../../shared/contract/tasks.ts";
import { Problem } from "../../shared/problem.ts";
import { aBridgeHost, aBridgePlan, anInspection, aTask, pith } from "./samples.ts";

type Sbom = Awaited<ReturnType<UnideckClient["imageContents"]["sbom"]>>;

const noImage = (): never => {
  throw new Problem("image.not-found", "There is no such image");
};

export interface FakeWorld {
  instances: Instance[];
  images: Snapshot["images"];
  tasks: Task[];
  networks: Network[];
  bridges: Bridge[];
  /** What bridges can be made of, and what making one would change. */
  bridgeHost: BridgeHost;
  planBridge: (wish: BridgeSpec) => BridgePlan;
  /** What goes through them, report after report. */
  traffic: TrafficReport[];
  settings: Snapshot["settings"];
  kernels: Snapshot["kernels"];
  /** What may be downloaded. */
  catalogue: KernelCatalogue;
  /** Console bytes by instance. */
  consoles: Record<string, Uint8Array>;
  /** When they came, and at which offsets runs begin. */
  consoleTimes: Record<string, ConsoleChunk["times"]>;
  runs: Record<string, (NonNullable<ConsoleChunk["run"]> & { at: number })[]>;
  logs: Record<string, LogLine[]>;
  /** When something last reached a disk. */
  flushedAt: number;
  /** The system calls of traced runs. */
  traces: Record<string, string>;
  doctor: DoctorReport;
  /** What an inspection of a path answers. */
  inspect: (path: string) => Inspection;
  /** What a file needs of a language's runtime. */
  runtime: (path: string) => Runtime;
  /** What opening a configuration answers. */
  openConfiguration: (path: string) => Configuration;
  /** What `buildAndRun` and `build` start. */
  build: () => Task;
  /** What an instance of an image becomes. */
  create: (asked: { image: string; spec: InstanceSpec }) => Instance;
  /** Which host ports are in use. */
  conflicts: (ports: readonly PortForward[]) => PortConflict[];
  /** What is in an image, at a path. */
  files: (image: string, path: string, recursive: boolean) => ImageEntry[];
  /** What an image is made of, its digest, its bill of materials, what is wrong with it. */
  show: (image: string) => ImageDetails;
  digest: (image: string) => string;
  sbom: (image: string) => Sbom;
  check: (image: string) => ImageFinding[];
  /** Disk usage in an image. */
  space: (image: string) => SpacePart[];
  /** A file of an image, in base64. */
  contents: (path: string) => string;
  /** Bytes handed over, by staging id. */
  staged: Record<string, { fileName: string; bytes: Uint8Array[] }>;
}

/** Nothing is there but what is given, and the bundled kernel. */
export function fakeWorld(world: Partial<FakeWorld> = {}): FakeWorld {
  return {
    instances: [],
    images: [],
    tasks: [],
    networks: [],
    bridges: [],
    bridgeHost: aBridgeHost(),
    planBridge: aBridgePlan,
    traffic: [],
    settings: defaultSettings,
    kernels: [pith],
    catalogue: { address: "https://releases.test/", releases: [] },
    consoles: {},
    consoleTimes: {},
    runs: {},
    logs: {},
    flushedAt: Date.now(),
    traces: {},
    doctor: { checkedAt: new Date().toISOString(), checks: [] },
    inspect: () => anInspection(),
    runtime: () => ({}),
    openConfiguration: (path) => {
      throw new Problem("file.not-found", `${path} has no config.json and no package.manifest`);
    },
    build: () => aTask(),
    create: () => {
      throw new Problem("hypervisor.missing", "QEMU is not installed", { hint: "Install qemu-system-x86." });
    },
    conflicts: () => [],
    files: () => [],
    show: noImage,
    digest: noImage,
    sbom: noImage,
    check: () => [],
    space: () => [],
    contents: () => "",
    staged: {},
    ...world,
  };
}

/** What the calls of the engine in memory may do with it. */
export interface FakeState {
  readonly world: FakeWorld;
  find(id: string): Instance;
  /** Changes an instance, and tells every subscriber. */
  become(id: string, change: (instance: Instance) => Partial<Instance>): Instance;
  tell(changes: Omit<Changes, "type">): void;
  startTask(task?: Task): Task;
  /** An instance's console from an offset on, as long as it is followed. */
  console(
    id: string,
    from: number,
    follow: boolean,
    signal: AbortSignal | undefined,
    maxBytes?: number,
  ): AsyncGenerator<ConsoleChunk>;
}
