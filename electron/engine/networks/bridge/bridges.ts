/**
 * The bridges of the host: planned, set up and undone by the helper, confirmed to its watchdog. What there is stands in the
 * helper's folder and in the kernel; what was wished for, in a file of this home.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { Attachment, Bridge, BridgeHost, BridgePlan, BridgeSpec } from "../../../../shared/contract/bridges.ts";
import { Problem } from "../../../../shared/problem.ts";
import type { NicBackend } from "../../hypervisors/driver.ts";
import { systemErrorCode } from "../../lib/atomic-file.ts";
import type { EventHub } from "../../lib/event-hub.ts";
import { askWatchdog, readBridgeFolders } from "./bridge-folder.ts";
import type { BridgeHelper } from "./helper.ts";
import { type HostState, readHostState } from "./host-state.ts";
import { type PlannedBridge, planBridge, reasonsFor, refusalOf } from "./plan-bridge.ts";
import { bridgeRules, findBridgeHelper, isAllowed } from "./qemu-bridge-helper.ts";
import { plugIn } from "./seats.ts";
import { readSpec, writeSpec } from "./spec-file.ts";
import { sshAddresses } from "./ssh-addresses.ts";
import { changesOf, wordsOf } from "./steps.ts";
import { viewBridges } from "./view-bridges.ts";

/** While something changes by itself. */
const LOOK_AGAIN_MS = 300;
/** The watchdog looks five times a second. */
const WATCHDOG_LIMIT_MS = 10_000;

export interface BridgesDeps {
  /** The file of spec. */
  file: string;
  helper: BridgeHelper;
  events: EventHub;
  platform: NodeJS.Platform;
  /** Instances that run. */
  alive(): { id: string; name: string; bridges: readonly Attachment[] }[];
  /** A bridge that an instance is plugged into is gone. */
  unplug(instance: string, bridge: string): Promise<void>;
  warn(sentence: string): void;
}

export interface PlanRequest {
  wish: BridgeSpec;
  sshAddress?: string | undefined;
}

export interface ApplyRequest extends PlanRequest {
  digest: string;
  consent?: string | undefined;
  seconds: number;
  by: "engine" | "caller";
}

interface Done {
  bridge?: Bridge | undefined;
  command?: string[] | undefined;
}

export class Bridges {
  readonly #deps: BridgesDeps;
  #specs: BridgeSpec[] = [];
  #known: Bridge[] = [];
  /** TAPs that were given to an instance, by their names. */
  readonly #given = new Map<string, string>();
  /** Instances, by what they were plugged into and are no more. */
  readonly #unplugged = new Set<string>();
  #latest: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(deps: BridgesDeps) {
    this.#deps = deps;
  }

  /** Reads the spec; what there is of them is known from the first look on, which nobody's start has to wait for. */
  async open(): Promise<void> {
    this.#specs = await readSpec(this.#deps.file).catch((error: unknown) => {
      this.#deps.warn(`${this.#deps.file} cannot be read and is ignored: ${String(error)}`);
      return [];
    });
  }

  /** What was found when it was last looked at. */
  known(): Bridge[] {
    return this.#known;
  }

  async list(): Promise<Bridge[]> {
    return this.#look();
  }

  /** Throws network.unsupported, network.failed. */
  async host(): Promise<BridgeHost> {
    const { platform, helper } = this.#deps;
    if (platform !== "linux")
      return { platform: platform === "darwin" ? "macos" : "other", interfaces: [], way: "terminal" };
    const [host, ssh, way, { install }] = await Promise.all([
      readHostState(),
      sshAddresses(),
      helper.way(),
      helper.report(),
    ]);
    const interfaces = host.links
      .filter(({ isLoopback, kind }) => !isLoopback && kind !== "tun")
      .map((link) => ({
        name: link.name,
        addresses: link.addresses.map(({ cidr }) => cidr),
        refusal: refusalOf(link, host.routes),
        reasons: reasonsFor(link, host, ssh),
      }));
    return { platform: "linux", interfaces, way, install };
  }

  /** Throws network.invalid, network.exists, network.unsupported, network.failed. */
  async plan(request: PlanRequest): Promise<BridgePlan> {
    const planned = await this.#plan(request);
    const explained = await this.#deps.helper.explain(planned.steps.flatMap(wordsOf));
    const { uplink } = request.wish;
    return {
      wish: request.wish,
      steps: planned.steps.map((step, i) => ({
        ...(explained[i] ?? { command: [], undo: [] }),
        changes: changesOf(step),
      })),
      warnings: planned.warnings,
      ...(uplink && planned.reasons.length > 0 && { consent: { interface: uplink, reasons: planned.reasons } }),
      digest: planned.digest,
    };
  }

  /** Throws what planning throws, network.changed, network.consent, network.privilege. */
  async apply({ digest, consent, seconds, by, ...request }: ApplyRequest): Promise<Done> {
    const { steps, reasons, digest: now } = await this.#plan(request);
    const { wish } = request;
    if (now !== digest)
      throw new Problem("network.changed", "The host's network has changed since the plan was made", {
        hint: "Check the plan again.",
      });
    if (reasons.length > 0 && consent !== wish.uplink)
      throw new Problem("network.consent", `${wish.uplink} needs your explicit consent: ${reasons.join("; ")}`, {
        hint: `If this fails, the host has no network until the change is undone. To consent: --consent ${wish.uplink}`,
      });
    const words = ["apply", wish.name, String(seconds), ...steps.flatMap(wordsOf)];
    const command = by === "caller" ? await this.#deps.helper.command(words) : undefined;
    await this.#keep([...this.#specs.filter(({ name }) => name !== wish.name), wish]);
    if (command) return { command };
    try {
      await this.#deps.helper.run(words);
    } finally {
      await this.#look();
    }
    return { bridge: this.#find(wish.name) };
  }

  /** Throws network.not-found, network.privilege, network.failed. */
  async confirm(name: string): Promise<Bridge> {
    const { state } = await this.#findNow(name);
    if (state === "ready") return this.#find(name);
    if (state !== "waiting")
      throw new Problem("network.not-found", `The bridge ${name} is not waiting for confirmation`, {
        hint: "It was undone, or never set up. Check the plan again.",
      });
    await this.#ask(name, "confirm");
    return this.#settled(name, ({ state: now }) => now === "ready");
  }

  /** Takes it away; one that is not set up is forgotten. Throws network.not-found, network.in-use, network.privilege, network.failed. */
  async undo(name: string, { force, by }: { force: boolean; by: "engine" | "caller" }): Promise<Done> {
    const { state } = await this.#findNow(name);
    if (state === "foreign")
      throw new Problem("network.not-found", `The bridge ${name} was not created by Unideck`, {
        hint: "Only the tool that created it can remove it.",
      });
    const members = this.#deps.alive().filter(({ bridges }) => bridges.some((one) => isOn(one, name)));
    if (members.length > 0 && !force)
      throw new Problem("network.in-use", `${members.map((one) => one.name).join(", ")} run on ${name}`, {
        hint: "Stop them first, or use --force: they lose that network.",
      });
    try {
      const command = state === "absent" ? undefined : await this.#takeAway(name, state, by);
      // Not before: who takes back the asking for a password has the bridge still.
      await this.#keep(this.#specs.filter((wish) => wish.name !== name));
      return { command };
    } finally {
      await this.#look();
    }
  }

  /** The command that does it, where the caller is to run that. */
  async #takeAway(name: string, state: Bridge["state"], by: "engine" | "caller"): Promise<string[] | undefined> {
    const isAsked =
      state === "waiting" &&
      (await this.#ask(name, "undo").then(
        () => true,
        () => false,
      ));
    if (isAsked) await this.#settled(name, () => false).catch(isNotFound);
    else if (by === "caller") return this.#deps.helper.command(["undo", name]);
    else await this.#deps.helper.run(["undo", name]);
    return undefined;
  }

  /** Where an instance's cards are plugged in. Throws network.unsupported, network.not-found, network.full, network.failed. */
  async plug(instance: string, attachments: readonly Attachment[]): Promise<NicBackend[]> {
    if (attachments.length === 0) return [];
    const { platform } = this.#deps;
    const [host, bridgeHelper] = await Promise.all([
      platform === "linux" ? readHostState() : undefined,
      findBridgeHelper(),
    ]);
    const bridges = await this.#look(host);
    // From here on nothing waits: what is free stays so until it is given.
    const alive = this.#deps.alive().filter(({ id }) => id !== instance);
    const open = (host?.links ?? []).filter(({ kind, hasCarrier }) => kind === "tun" && hasCarrier);
    const busyTaps = new Set(open.map(({ name }) => name));
    for (const [tap, holder] of this.#given) if (alive.some(({ id }) => id === holder)) busyTaps.add(tap);
    const interfaces = new Set((host?.links ?? []).map(({ name }) => name));
    const plugs = attachments.map((one) => {
      const plug = plugIn(one, instance, { platform, bridges, busyTaps, interfaces, bridgeHelper });
      if (plug.kind === "tap") busyTaps.add(plug.tap);
      return plug;
    });
    for (const plug of plugs) if (plug.kind === "tap") this.#given.set(plug.tap, instance);
    return plugs;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  async #plan({ wish, sshAddress }: PlanRequest): Promise<PlannedBridge> {
    if (this.#deps.platform !== "linux")
      throw new Problem("network.unsupported", "Bridges are supported on Linux only", {
        hint: "On macOS, run an instance with --network vmnet-shared, or --network vmnet-bridged:en0.",
      });
    const [host, own] = await Promise.all([readHostState(), sshAddresses()]);
    const user = process.getuid?.() ?? 0;
    return planBridge(wish, { host, user, sshAddresses: [...own, ...(sshAddress ? [sshAddress] : [])] });
  }

  async #keep(spec: BridgeSpec[]): Promise<void> {
    this.#specs = spec.sort((a, b) => (a.name < b.name ? -1 : 1));
    await writeSpec(this.#deps.file, this.#specs);
  }

  #find(name: string): Bridge {
    const bridge = this.#known.find((one) => one.name === name);
    if (bridge) return bridge;
    throw new Problem("network.not-found", `There is no bridge ${name}`, {
      hint: `“unideck network plan ${name}” shows how to create one.`,
    });
  }

  async #findNow(name: string): Promise<Bridge> {
    await this.#look();
    return this.#find(name);
  }

  async #ask(name: string, what: "confirm" | "undo"): Promise<void> {
    await askWatchdog(name, what).catch((error: unknown) => {
      const code = systemErrorCode(error);
      if (code === "ENOENT") throw new Problem("network.not-found", `The bridge ${name} has just been undone`);
      if (code !== "EACCES" && code !== "EPERM") throw error;
      throw new Problem("network.privilege", `The bridge ${name} was set up by another user`, {
        hint: "Only the user who set it up can confirm it.",
      });
    });
  }

  /** The bridge, once it is as it should be. Throws network.not-found when it is gone, network.failed. */
  async #settled(name: string, isAsItShouldBe: (bridge: Bridge) => boolean): Promise<Bridge> {
    for (const end = performance.now() + WATCHDOG_LIMIT_MS; performance.now() < end; await sleep(50)) {
      const bridge = await this.#findNow(name);
      if (isAsItShouldBe(bridge)) return bridge;
      if (bridge.state === "absent") throw new Problem("network.not-found", `The bridge ${name} has just been undone`);
      if (bridge.state === "failed") break;
    }
    throw new Problem("network.failed", `The watchdog of ${name} does not answer`, {
      hint: `Undo it: “unideck network undo ${name}”.`,
      details: this.#find(name).said ?? "",
    });
  }

  /** One look after the other: what was read earlier never replaces what was read later. */
  #look(given?: HostState): Promise<Bridge[]> {
    const looked = this.#latest.then(() => this.#lookNow(given));
    this.#latest = looked.catch(() => undefined);
    return looked;
  }

  /** Reads what there is, tells what has changed, and looks again by itself while something is on the way. */
  async #lookNow(given?: HostState): Promise<Bridge[]> {
    if (this.#deps.platform !== "linux") return [];
    const [folders, host, rules, helper] = await Promise.all([
      readBridgeFolders(),
      given ?? readHostState().catch(() => ({ links: [], routes: [], filtersBridges: false })),
      bridgeRules(),
      findBridgeHelper(),
    ]);
    const foreign =
      helper === undefined ? [] : host.links.filter(({ kind, name }) => kind === "bridge" && isAllowed(name, rules));
    const before = this.#known;
    this.#known = viewBridges(
      folders,
      this.#specs,
      host,
      foreign.map(({ name }) => name),
    );
    const isNew = (bridge: Bridge) => !before.some((one) => JSON.stringify(one) === JSON.stringify(bridge));
    const upsert = this.#known.filter(isNew);
    const remove = before.filter(({ name }) => !this.#known.some((one) => one.name === name)).map(({ name }) => name);
    this.#unplugFromGone(host);
    if (upsert.length + remove.length > 0) this.#deps.events.publish({ bridges: { upsert, remove } });
    clearTimeout(this.#timer);
    if (!this.#isClosed && this.#known.some(({ state }) => ["applying", "waiting", "undoing"].includes(state))) {
      this.#timer = setTimeout(
        () => void this.#look().catch((error: unknown) => this.#deps.warn(String(error))),
        LOOK_AGAIN_MS,
      );
      this.#timer.unref();
    }
    return this.#known;
  }

  /** Machines whose TAP went with its bridge. */
  #unplugFromGone({ links }: HostState): void {
    if (links.length === 0) return;
    const isThere = (name: string) => links.some((link) => link.name === name);
    for (const { id, bridges } of this.#deps.alive())
      for (const one of bridges) {
        if (one.kind !== "bridge") continue;
        const key = `${id} ${one.bridge}`;
        if (isThere(one.tap ?? one.bridge)) this.#unplugged.delete(key);
        else if (!this.#unplugged.has(key)) {
          this.#unplugged.add(key);
          this.#deps.unplug(id, one.bridge).catch((error: unknown) => {
            this.#unplugged.delete(key);
            this.#deps.warn(String(error));
          });
        }
      }
  }
}

const isOn = (attachment: Attachment, name: string) => attachment.kind === "bridge" && attachment.bridge === name;

function isNotFound(error: unknown): void {
  if (!(error instanceof Problem && error.code === "network.not-found")) throw error;
}
