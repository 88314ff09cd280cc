/** Bridges of the host, by which instances are in the network that the machine is in: planned, set up, confirmed, undone. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";
import { CONFIRM_SECONDS, INTERFACE_NAME } from "../word-rules.ts";
import { mirrorList } from "./mirror.ts";

/** As the kernel allows it, less what would be odd on a command line. */
export const InterfaceName = z.string().regex(INTERFACE_NAME);

/** Shorter than an interface's: its TAPs are named after it. */
export const BridgeName = z.string().regex(/^[a-z][a-z0-9-]{0,9}$/);

/** Where an instance's card is plugged in, beside QEMU's own networks. */
export const Attachment = z.discriminatedUnion("kind", [
  /** A bridge of the host (Linux). Without a TAP, one that is free is taken. */
  z.object({ kind: z.literal("bridge"), bridge: InterfaceName, tap: InterfaceName.optional() }),
  /** macOS: a network behind this machine, and the network that an interface is in. */
  z.object({ kind: z.literal("vmnet-shared") }),
  z.object({ kind: z.literal("vmnet-bridged"), interface: InterfaceName }),
]);
export type Attachment = z.infer<typeof Attachment>;

/** Of one instance. */
export const MAX_ATTACHMENTS = 4;

/** What a person asks for. */
export const BridgeSpec = z.object({
  name: BridgeName,
  /** The interface whose network instances are to be in; without one they reach each other and this machine alone. */
  uplink: InterfaceName.optional(),
  /** This machine's own address on the bridge, such as `10.20.0.1/24`. */
  address: z.string().max(49).optional(),
  /** How many instances can use the bridge at once. */
  seats: z.number().int().min(1).max(16).default(4),
});
export type BridgeSpec = z.infer<typeof BridgeSpec>;

export const PlanStep = z.object({
  /** The command, word by word. */
  command: z.array(z.string()),
  undo: z.array(z.string()),
  /** What it changes, in words. */
  changes: z.string(),
});
export type PlanStep = z.infer<typeof PlanStep>;

export const BridgePlan = z.object({
  wish: BridgeSpec,
  steps: z.array(PlanStep),
  warnings: z.array(z.string()),
  /** Present where the plan could cut off the user who asks for it: this interface has to be named a second time. */
  consent: z.object({ interface: InterfaceName, reasons: z.array(z.string()) }).optional(),
  /** Names these very steps: only a plan that has been seen is carried out. */
  digest: z.string(),
});
export type BridgePlan = z.infer<typeof BridgePlan>;

export const BridgeState = z.enum([
  /** Not set up: since this machine was started, or at all. */
  "absent",
  "applying",
  /** Set up, and undone by the watchdog unless it is confirmed. */
  "waiting",
  "ready",
  "undoing",
  /** Some changes could not be undone. */
  "failed",
  /** Somebody else's, that QEMU's own helper may plug instances into. */
  "foreign",
]);
export type BridgeState = z.infer<typeof BridgeState>;

export const Bridge = z.object({
  name: InterfaceName,
  state: BridgeState,
  uplink: InterfaceName.optional(),
  /** This machine's addresses on it. */
  addresses: z.array(z.string()).default([]),
  taps: z.array(InterfaceName).default([]),
  /** When the watchdog undoes it, in milliseconds since 1970. */
  undoneAt: z.number().positive().optional(),
  /** What it was made by; absent for somebody else's. */
  wish: BridgeSpec.optional(),
  /** What could not be undone. */
  said: z.string().optional(),
});
export type Bridge = z.infer<typeof Bridge>;

export const HostInterface = z.object({
  name: InterfaceName,
  addresses: z.array(z.string()),
  /** Why it can't be an uplink. */
  refusal: z.string().optional(),
  /** Why it needs a second consent. */
  reasons: z.array(z.string()),
});

export const BridgeHost = z.object({
  platform: z.enum(["linux", "macos", "other"]),
  interfaces: z.array(HostInterface),
  /** How the rights of root are had for the helper. */
  way: z.enum(["root", "pkexec", "terminal"]),
  /** The command that puts the helper where only root can change it; absent where that is done, or not needed. */
  install: z.array(z.string()).optional(),
});
export type BridgeHost = z.infer<typeof BridgeHost>;

/** `caller`: the user runs the command of the answer with the rights of root, such as with sudo in a terminal. */
const By = z.enum(["engine", "caller"]).default("engine");
const Named = z.object({ name: InterfaceName });
/** `sshAddress`: the host's end of an SSH session that must not be cut. */
const Planned = z.object({ wish: BridgeSpec, sshAddress: z.string().max(45).optional() });
const Done = z.object({ bridge: Bridge.optional(), command: z.array(z.string()).optional() });
const planProblems = ["network.invalid", "network.exists", "network.unsupported", "network.failed"] as const;

const calls = {
  list: oc.route({ method: "GET", path: "/bridges", summary: "List bridges of the host" }).output(z.array(Bridge)),
  host: oc
    .route({ method: "GET", path: "/bridges/host", summary: "List host interfaces that can be the uplink of a bridge" })
    .output(BridgeHost)
    .errors(problems("network.unsupported", "network.failed")),
  plan: oc
    .route({ method: "POST", path: "/bridges/plan", summary: "Show what setting up a bridge would change" })
    .input(Planned)
    .output(BridgePlan)
    .errors(problems(...planProblems)),
  apply: oc
    .route({ method: "POST", path: "/bridges", summary: "Set up a bridge from a plan; it is undone unless confirmed" })
    .input(
      Planned.extend({
        /** Of the plan that was seen. */
        digest: z.string().max(64),
        /** The interface that the plan asks consent for. */
        consent: z.string().max(15).optional(),
        seconds: z.number().int().min(1).max(600).default(CONFIRM_SECONDS),
        by: By,
      }),
    )
    .output(Done)
    .errors(problems(...planProblems, "network.changed", "network.consent", "network.privilege")),
  confirm: oc
    .route({ method: "POST", path: "/bridges/{name}/confirm", summary: "Confirm a bridge that was set up" })
    .input(Named)
    .output(Bridge)
    .errors(problems("network.not-found", "network.failed", "network.privilege")),
  /** Takes it away, or forgets one that is not set up. */
  undo: oc
    .route({ method: "POST", path: "/bridges/{name}/undo", summary: "Undo a bridge" })
    .input(Named.extend({ force: z.boolean().default(false), by: By }))
    .output(Done)
    .errors(problems("network.not-found", "network.in-use", "network.failed", "network.privilege")),
};

export const bridges = { calls, mirror: mirrorList(Bridge, ({ name }) => name) };
