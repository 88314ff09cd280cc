/** Instances: virtual machines that run an image, from their creation to their deletion. */

import { eventIterator, oc } from "@orpc/contract";
import { z } from "zod";
import { ProblemReportSchema, problems } from "../problem-schema.ts";
import { MIN_MEMORY_BYTES } from "../word-rules.ts";
import { Attachment, MAX_ATTACHMENTS } from "./bridges.ts";
import { Bytes } from "./bytes.ts";
import { HypervisorName, HypervisorOptions } from "./hypervisors.ts";
import { BuildSpec, ImageName } from "./images.ts";
import { mirrorList } from "./mirror.ts";
import { NetworkName } from "./networks.ts";
import { Task } from "./tasks.ts";

export const InstanceState = z.enum([
  "created",
  "starting",
  "running",
  "paused",
  "stopping",
  "exited",
  "failed",
  "damaged",
]);
export type InstanceState = z.infer<typeof InstanceState>;

const Port = z.number().int().min(1).max(65535);

/** The power button, then QEMU's quit, then the signal that nothing withstands. */
export const StopStep = z.enum(["power-button", "quit", "kill"]);
export type StopStep = z.infer<typeof StopStep>;

/** A host port that leads to a guest port. */
export const PortForward = z.object({
  hostAddress: z.ipv4().default("127.0.0.1"),
  /** 0: any free port port is chosen at the start. */
  host: z.number().int().min(0).max(65535),
  guest: Port,
  protocol: z.enum(["tcp", "udp"]).default("tcp"),
});
export type PortForward = z.infer<typeof PortForward>;

/** How many port forwards an instance has at most: each is a socket, and all of them are one word of QEMU's command line. */
export const MAX_PORTS = 256;

/** An address that the guest has got, as its kernel reports it. */
export const GuestAddress = z.object({ interface: z.string(), address: z.ipv4() });
export type GuestAddress = z.infer<typeof GuestAddress>;

/** Something in the guest that takes connections or datagrams: as its kernel reports it, or as it has answered. */
export const Listener = z.object({
  protocol: z.enum(["tcp", "udp"]),
  port: Port,
  /** Only on the guest's own loopback interface (127.0.0.1): no port forward reaches it. */
  loopback: z.boolean().optional(),
});
export type Listener = z.infer<typeof Listener>;

/** A port forward that cannot be set up because its host port cannot be used, and what to use instead. */
export const PortConflict = z.object({
  forward: PortForward,
  problem: ProblemReportSchema,
  /** The next host port that is free. */
  free: Port.optional(),
  /** The running instance that holds the host port, where one does. */
  holder: z.object({ id: z.string(), name: z.string() }).optional(),
});
export type PortConflict = z.infer<typeof PortConflict>;

/** Packets of an instance, written to files that Wireshark and tcpdump read: one for each card, anew with each capture. */
export const Capture = z.object({
  /** Whether packets are captured: now where it runs, and from the start of every run. */
  on: z.boolean(),
  /** It was ended because a file had become as large as it may (the setting `limits.captureBytes`). */
  isFull: z.boolean(),
  files: z.array(
    z.object({
      /** `net0` leads to where this machine can go, `private-NAME` to that private network. */
      card: z.string(),
      /** On the engine's machine. */
      path: z.string(),
      sizeBytes: z.number().int().min(0),
    }),
  ),
});
export type Capture = z.infer<typeof Capture>;

/** How long a deletion can be undone. */
export const UNDO_MS = 15_000;

/** What a person asks for when making an instance. */
export const InstanceSpec = z.object({
  /** Defaults to the image's name, or a free variation of it. */
  name: ImageName.optional(),
  memoryBytes: z
    .number()
    .int()
    .min(MIN_MEMORY_BYTES)
    .max(2 ** 40)
    .default(256 * 2 ** 20),
  cpus: z.number().int().min(1).max(64).default(1),
  ports: z.array(PortForward).default([]),
  /**
   * Whether it has a card that leads to where this machine can go; `auto`: where there are ports, or nothing else connects
   * it; `restricted`: the card is there for ports alone, and the guest opens no connection through it.
   */
  network: z.enum(["auto", "user", "restricted", "none"]).default("auto"),
  /** Private networks that it is a member of. */
  networks: z.array(NetworkName).max(8).default([]),
  /** Networks that this machine is in, by a bridge or macOS's vmnet. */
  bridges: z.array(Attachment).max(MAX_ATTACHMENTS).default([]),
  /** Absent: the first that this machine has. */
  hypervisor: HypervisorName.optional(),
  /** That hypervisor's own. */
  options: HypervisorOptions.default({}),
  /** Whether the guest's console echoes what is typed (a person is at a terminal). */
  echo: z.boolean().default(true),
  /**
   * Which of the program's standard streams are no terminal, in its first run; later ones have the console's terminal. A
   * piped input is sent with `instances.feed` (Pith only, see `pipedInput`).
   */
  pipes: z.object({ input: z.boolean(), output: z.boolean() }).optional(),
  /** Whether every system call is written down (Pith only). It makes a program many times slower. */
  trace: z.boolean().default(false),
  /** Whether its packets are captured, from the start of each run. */
  capture: z.boolean().default(false),
});
export type InstanceSpec = z.infer<typeof InstanceSpec>;

export const ExitRecord = z.object({
  /** The program's exit code, 0–255; 128 + n for signal n. Absent where the kernel does not tell. */
  code: z.number().int().min(0).max(255).optional(),
  /** `SIGSEGV` …, where a signal ended the program. */
  signal: z.string().optional(),
  /** In words: "exited", "stopped by the power button", "killed", "QEMU ended unexpectedly". */
  reason: z.string(),
});
export type ExitRecord = z.infer<typeof ExitRecord>;

/** A step of the guest's start, as the kernel reports it. */
export const Milestone = z.object({
  name: z.string(),
  /** Nanoseconds since the kernel's entry. */
  atNs: z.number().min(0),
});

/** Moments, as milliseconds since 1970 with fractions. */
const Moment = z.number().positive();

export const Instance = z.object({
  id: z.string(),
  name: z.string(),
  /** Name of its image; for an image file outside the image folder, its path. */
  image: z.string(),
  state: InstanceState,
  /** Why it is paused: requested, its disk can't be written (it is full, most likely), or QEMU's own reasons. */
  pauseReason: z.enum(["asked", "disk", "other"]).optional(),
  /** How it is being stopped at this moment: each step is taken when the one before has not helped in time. */
  stopStep: StopStep.optional(),
  hypervisor: HypervisorName,
  /** That hypervisor's own, as they were chosen for the latest run: QEMU's `machine` and `accelerator`. */
  options: HypervisorOptions,
  /** Which kernel boots, as far as known. */
  kernel: z.object({ kind: z.enum(["pith", "nanos", "unknown"]), version: z.string().optional() }),
  memoryBytes: z.number().int(),
  cpus: z.number().int(),
  ports: z.array(PortForward),
  /** Remembered, but not there before the next start: the machine that runs has no network card. */
  pendingPorts: z.array(PortForward).default([]),
  /** Private networks that it is a member of; a new one is there at the next start. */
  networks: z.array(NetworkName).default([]),
  /** Networks of the host that it is plugged into, at the next start. */
  bridges: z.array(Attachment).default([]),
  /** Of the latest run. */
  addresses: z.array(GuestAddress).default([]),
  listening: z.array(Listener).default([]),
  capture: Capture.default({ on: false, isFull: false, files: [] }),
  echo: z.boolean(),
  /** Whether the latest run reads what `instances.feed` sends, and not the console. */
  pipedInput: z.boolean().optional(),
  /** Without `echo`: whether the program wants the terminal that it reads from to be raw. */
  rawTerminal: z.boolean().optional(),
  /** Whether the latest run was traced. */
  trace: z.boolean().default(false),
  /** How often it was started. */
  runs: z.number().int().min(0),
  times: z.object({
    created: Moment,
    /** Of the latest run: */
    starting: Moment.optional(),
    running: Moment.optional(),
    firstOutput: Moment.optional(),
    stopping: Moment.optional(),
    ended: Moment.optional(),
  }),
  /** Where firstOutput comes from: the program itself (events port) or the first byte on the console. */
  firstOutputSource: z.enum(["program", "console"]).optional(),
  /** Of the latest run. */
  milestones: z.array(Milestone),
  exit: ExitRecord.optional(),
  /** Why the state is `failed`. */
  problem: ProblemReportSchema.optional(),
  /** Of one that is damaged: it can only be deleted, and of its other fields only id and name mean something. */
  damage: z.object({ folder: z.string(), reason: z.string() }).optional(),
  /** The process that is the machine, where its hypervisor has one for each. */
  pid: z.number().int().optional(),
  /** The command that runs it, for the curious. */
  commandLine: z.array(z.string()),
  /** Bytes of console so far: the next chunk's offset. */
  consoleBytes: z.number().int().min(0),
});
export type Instance = z.infer<typeof Instance>;

/** A piece of an instance's console. Offsets are absolute for the instance's life. */
export const ConsoleChunk = z.object({
  offset: z.number().int().min(0),
  bytes: Bytes,
  /** `kernel`: the serial part of a kernel that has a console of its own; `program`: everything else. */
  part: z.enum(["kernel", "program"]),
  /**
   * When its bytes came, as far as an engine watched: pairs of an offset and the moment at which the bytes from there on
   * came, null where nobody watched. The first pair may begin before the chunk.
   */
  times: z.array(z.tuple([z.number().int().min(0), Moment.nullable()])).default([]),
  /** Present where a run begins with this chunk's first byte. */
  run: z.object({ number: z.number().int().min(1), startedAt: Moment }).optional(),
});
export type ConsoleChunk = z.infer<typeof ConsoleChunk>;

/** Lines of a traced run's system calls, each with its newline. */
export const TraceChunk = z.object({
  offset: z.number().int().min(0),
  /** Where the next chunk begins. */
  end: z.number().int().min(0),
  text: z.string(),
});
export type TraceChunk = z.infer<typeof TraceChunk>;

/** Sent once to a caller that is now the one who feeds an instance. */
export const InputHeld = z.object({ held: z.literal(true) });
export type InputHeld = z.infer<typeof InputHeld>;

/** An instance's disk as it can be read: what the guest holds in its memory is not on it. */
export const DiskMoment = z.object({
  /** How the calls of `imageContents` know it. */
  image: z.string(),
  /** When something last reached it. */
  flushedAt: Moment,
});
export type DiskMoment = z.infer<typeof DiskMoment>;

/** One line of what the engine, the hypervisor and the guest's kernel said about an instance. */
export const LogLine = z.object({ at: Moment, source: z.enum(["engine", "hypervisor", "kernel"]), text: z.string() });
export type LogLine = z.infer<typeof LogLine>;

/** What is built and run as one task. `replace`: an instance, by id or name. */
export const BuildAndRun = z.object({
  build: BuildSpec,
  spec: InstanceSpec.prefault({}),
  replace: z.string().min(1).optional(),
});
export type BuildAndRun = z.infer<typeof BuildAndRun>;

/** An instance by its id, or by its name where that is unambiguous. */
export const InstanceInput = z.object({ id: z.string().min(1) });
const found = ["instance.not-found", "instance.ambiguous", "instance.damaged"] as const;
const startProblems = [
  "image.not-found",
  "image.damaged",
  "hypervisor.missing",
  "hypervisor.unknown",
  "hypervisor.option",
  "hypervisor.failed",
  "port.busy",
  "disk.full",
  "network.not-found",
  "network.full",
  "network.failed",
  "network.in-use",
  "network.invalid",
  "network.unsupported",
  "network.privilege",
] as const;

const calls = {
  list: oc.route({ method: "GET", path: "/instances", summary: "List instances" }).output(z.array(Instance)),
  get: oc
    .route({ method: "GET", path: "/instances/{id}", summary: "Show one instance" })
    .input(InstanceInput)
    .output(Instance)
    .errors(problems(...found)),
  create: oc
    .route({ method: "POST", path: "/instances", summary: "Create an instance of an image" })
    .input(
      z.object({
        /** Name of an image, or the absolute path of an image file. */
        image: z.string().min(1),
        spec: InstanceSpec.prefault({}),
        start: z.boolean().default(true),
      }),
    )
    .output(Instance)
    .errors(problems(...startProblems, "instance.exists", "instance.name")),
  /**
   * Builds an image and runs it, as one task: its result names image and instance. With `replace`, the new instance takes the
   * name of that one, which is stopped once the image is built, and deleted once the new one runs.
   */
  buildAndRun: oc
    .route({ method: "POST", path: "/instances/build-and-run", summary: "Build a program and run it" })
    .input(BuildAndRun)
    .output(Task),
  /** Which of these port forwards could not be set up now. */
  checkPorts: oc
    .route({ method: "POST", path: "/instances/check-ports", summary: "Find host ports that are in use" })
    .input(
      z.object({
        ports: z.array(PortForward).max(MAX_PORTS),
        /** An instance that will be replaced: the ports that it holds are free by then. */
        replace: z.string().min(1).optional(),
      }),
    )
    .output(z.array(PortConflict)),
  start: oc
    .route({ method: "POST", path: "/instances/{id}/start", summary: "Start an instance" })
    .input(InstanceInput.extend({ trace: z.boolean().optional() }))
    .output(Instance)
    .errors(problems(...found, ...startProblems, "instance.running")),
  /** Power button, after 5 s QMP quit, after 2 s more the signal; answers when the instance has ended. */
  stop: oc
    .route({ method: "POST", path: "/instances/{id}/stop", summary: "Stop an instance" })
    .input(InstanceInput)
    .output(Instance)
    .errors(problems(...found, "instance.not-running")),
  kill: oc
    .route({ method: "POST", path: "/instances/{id}/kill", summary: "Kill an instance" })
    .input(InstanceInput)
    .output(Instance)
    .errors(problems(...found, "instance.not-running")),
  restart: oc
    .route({ method: "POST", path: "/instances/{id}/restart", summary: "Restart an instance" })
    .input(InstanceInput)
    .output(Instance)
    .errors(problems(...found, ...startProblems)),
  pause: oc
    .route({ method: "POST", path: "/instances/{id}/pause", summary: "Pause an instance" })
    .input(InstanceInput)
    .output(Instance)
    .errors(problems(...found, "instance.not-running", "hypervisor.failed")),
  resume: oc
    .route({ method: "POST", path: "/instances/{id}/resume", summary: "Resume a paused instance" })
    .input(InstanceInput)
    .output(Instance)
    .errors(problems(...found, "instance.not-running", "hypervisor.failed")),
  rename: oc
    .route({ method: "POST", path: "/instances/{id}/rename", summary: "Rename an instance" })
    .input(InstanceInput.extend({ name: ImageName }))
    .output(Instance)
    .errors(problems(...found, "instance.exists")),
  /** Of the same image, with the same spec, on a disk of its own; ports of the host are chosen anew. Not started. */
  duplicate: oc
    .route({ method: "POST", path: "/instances/{id}/duplicate", summary: "Duplicate an instance" })
    .input(InstanceInput.extend({ name: ImageName.optional() }))
    .output(Instance)
    .errors(problems(...found, "instance.exists", "image.not-found", "image.damaged", "disk.full")),
  /** With `undo` it can be restored for `UNDO_MS`. */
  remove: oc
    .route({ method: "DELETE", path: "/instances/{id}", summary: "Delete an instance and its disk" })
    .input(
      InstanceInput.extend({
        force: z.stringbool().or(z.boolean()).default(false),
        undo: z.stringbool().or(z.boolean()).default(false),
      }),
    )
    .output(z.object({ id: z.string() }))
    .errors(problems(...found, "instance.running")),
  /** Takes back a deletion that can be undone. Its machine has ended nevertheless. */
  restore: oc
    .route({ method: "POST", path: "/instances/{id}/restore", summary: "Undo the deletion of an instance" })
    .input(InstanceInput)
    .output(Instance)
    .errors(problems(...found)),
  /** The console from `from` on, then as it grows. With `follow: false` it ends at the present end; else when the instance is deleted. */
  console: oc
    .route({
      method: "GET",
      path: "/instances/{id}/console",
      summary: "Read an instance's console (server-sent events)",
    })
    .input(
      InstanceInput.extend({
        from: z.coerce.number().int().min(0).default(0),
        follow: z.stringbool().or(z.boolean()).default(true),
        /** The stream ends after so many bytes: a reader that is slow, or far away, asks for no more than it can hold. */
        maxBytes: z.coerce.number().int().min(1).optional(),
      }),
    )
    .output(eventIterator(ConsoleChunk))
    .errors(problems(...found)),
  /** The system calls of the latest run, where it was traced; from byte `from` on, then as they come. */
  trace: oc
    .route({
      method: "GET",
      path: "/instances/{id}/trace",
      summary: "Read the system calls of a traced run (server-sent events)",
    })
    .input(
      InstanceInput.extend({
        from: z.coerce.number().int().min(0).default(0),
        follow: z.stringbool().or(z.boolean()).default(true),
      }),
    )
    .output(eventIterator(TraceChunk))
    .errors(problems(...found)),
  /** Leads a port of the host to the guest, at once where it runs, and from now on at every start. */
  addPort: oc
    .route({ method: "POST", path: "/instances/{id}/ports", summary: "Publish a guest port on the host" })
    .input(InstanceInput.extend({ forward: PortForward }))
    .output(Instance)
    .errors(problems(...found, "port.busy", "port.invalid", "hypervisor.failed")),
  /** The forward is named by its side of the host, as the instance shows it. */
  removePort: oc
    .route({
      method: "DELETE",
      path: "/instances/{id}/ports/{protocol}/{host}",
      summary: "Remove a port forward",
    })
    .input(
      InstanceInput.extend({
        protocol: Listener.shape.protocol,
        host: z.coerce.number().int().min(0).max(65535),
        hostAddress: PortForward.shape.hostAddress,
        /** Where the host port is yet to be chosen: which guest port. */
        guest: z.coerce.number().int().min(1).max(65535).optional(),
      }),
    )
    .output(Instance)
    .errors(problems(...found, "port.not-found", "hypervisor.failed")),
  /** It leaves networks at once, and is in new ones at the next start. */
  setNetworks: oc
    .route({ method: "PUT", path: "/instances/{id}/networks", summary: "Set an instance's private networks" })
    .input(InstanceInput.extend({ networks: InstanceSpec.shape.networks.unwrap() }))
    .output(Instance)
    .errors(problems(...found, "network.not-found", "network.full", "network.invalid")),
  /** From the next start on. */
  setBridges: oc
    .route({
      method: "PUT",
      path: "/instances/{id}/bridges",
      summary: "Set an instance's bridges",
    })
    .input(InstanceInput.extend({ bridges: InstanceSpec.shape.bridges.unwrap() }))
    .output(Instance)
    .errors(problems(...found)),
  /** Bytes (base64) for the guest's console. */
  input: oc
    .route({ method: "POST", path: "/instances/{id}/input", summary: "Type on an instance's console" })
    .input(InstanceInput.extend({ bytes: z.base64().max(1 << 20) }))
    .output(z.object({ accepted: z.number().int().min(0) }))
    .errors(problems(...found, "instance.not-running")),
  /** Every byte counts; `isEnd`: nothing follows. Not accepted where the program has no room for them yet: send them again. */
  feed: oc
    .route({ method: "POST", path: "/instances/{id}/feed", summary: "Send piped standard input" })
    .input(InstanceInput.extend({ bytes: z.base64().max(1 << 20), isEnd: z.boolean().default(false) }))
    .output(z.object({ accepted: z.boolean() }))
    .errors(problems(...found, "instance.not-running", "instance.input-lost")),
  /** Held open by the caller of `feed`, up to the end of the input: if the caller goes before, the program's reads fail. */
  holdInput: oc
    .route({ method: "GET", path: "/instances/{id}/held-input", summary: "Hold piped standard input open" })
    .input(InstanceInput)
    .output(eventIterator(InputHeld))
    .errors(problems(...found, "instance.not-running", "instance.input-lost")),
  /** Its files are read through the calls of `imageContents`, as the image `instance:ID`. */
  disk: oc
    .route({ method: "GET", path: "/instances/{id}/disk", summary: "Show when an instance's disk was last written" })
    .input(InstanceInput)
    .output(DiskMoment)
    .errors(problems(...found)),
  log: oc
    .route({
      method: "GET",
      path: "/instances/{id}/log",
      summary: "Read an instance's log",
    })
    .input(InstanceInput)
    .output(z.array(LogLine))
    .errors(problems(...found)),
};

export const instances = { calls, mirror: mirrorList(Instance, ({ id }) => id) };
