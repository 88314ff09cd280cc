/**
 * The private networks of this home: found on the disk, made, deleted; who is a member of which. A switch runs from the first
 * start of a member on, survives the engine, and is started again where it dies under members that run.
 */

import { mkdir, readdir, realpath, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Network, TrafficReport } from "../../../shared/contract/networks.ts";
import { Problem } from "../../../shared/problem.ts";
import type { GatewayDriver } from "../hypervisors/driver.ts";
import { makeSocketFolder, socketFolderFor } from "../hypervisors/instance-files.ts";
import type { Membership, MembershipRequest, NetworkMemberships } from "../instances/supervisor-deps.ts";
import { createHash } from "../lib/crypto.ts";
import type { EventHub } from "../lib/event-hub.ts";
import { formatAddress, formatSubnet, parseAddress, parseSubnet, type Subnet } from "../lib/ipv4-address.ts";
import { makeFolder } from "../lib/private-files.ts";
import { checkOwnAddress, checkSubnet, chooseSubnet, factsOf, freeAddress, memberMac } from "./plan-network.ts";
import { type NetworkFiles, type NetworkRecord, networkFiles, readNetwork, writeNetwork } from "./record.ts";
import { ownAddress } from "./switch/services.ts";
import { askSwitch, endSwitch, ensureSwitch } from "./switch-process.ts";

export interface NetworksDeps {
  /** The folder of networks. */
  folder: string;
  /** The switch's program. */
  program: string;
  events: EventHub;
  gateway: Pick<GatewayDriver, "endStray">;
  /** Subnets that this machine is in. */
  hostSubnets(): Subnet[];
  /** Whether an instance has a machine that runs. */
  isAlive(instance: string): boolean;
  warn(sentence: string): void;
}

interface Kept {
  record: NetworkRecord;
  files: NetworkFiles;
  socketFolder: string;
  /** Open for as long as the switch lives. */
  watch?: Socket | undefined;
}

export class Networks implements NetworkMemberships {
  readonly #deps: NetworksDeps;
  readonly #kept = new Map<string, Kept>();
  #latest: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(deps: NetworksDeps) {
    this.#deps = deps;
  }

  /** Finds the networks; switches that run are taken over. */
  async open(): Promise<void> {
    await makeFolder(this.#deps.folder);
    for (const name of await readdir(this.#deps.folder)) {
      const kept = await this.#keep(name);
      const record = await readNetwork(kept.files.record).catch((error: unknown) => {
        this.#deps.warn(`${kept.files.record} cannot be read and is ignored: ${String(error)}`);
        return undefined;
      });
      if (record) this.#kept.set(name, { ...kept, record });
    }
  }

  /** Takes away the seats of instances that are gone: an engine may have been killed between a deletion and this. */
  async keepMembers(instances: readonly string[]): Promise<void> {
    const members = [...this.#kept.values()].flatMap(({ record, socketFolder }) =>
      record.members.map(({ instance, name }) => ({ instance, name, networks: [], socketFolder })),
    );
    for (const member of members) if (!instances.includes(member.instance)) await this.seat(member);
  }

  /** Takes over switches that run, and starts those whose members run without one. When instances are known. */
  async adopt(): Promise<void> {
    await Promise.all(
      [...this.#kept.values()].map(async (kept) => {
        const isThere = await askSwitch(kept.files);
        if (isThere) this.#watch(kept);
        else if (this.#hasAliveMember(kept)) await this.#ensure(kept);
      }),
    ).catch((error: unknown) => this.#deps.warn(`A network's switch: ${String(error)}`));
  }

  list(): Network[] {
    return [...this.#kept.values()].map(view).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws network.exists, network.invalid, network.full. */
  create({ name, subnet, wayOut }: { name: string; subnet?: string | undefined; wayOut: boolean }): Promise<Network> {
    return this.#inOrder(async () => {
      if (this.#kept.has(name))
        throw new Problem("network.exists", `There is a network named ${name}`, { hint: "Choose another name." });
      const ours = [...this.#kept.values()].map(({ record }) => factsOf(record).subnet);
      const taken = [...ours, ...this.#deps.hostSubnets()];
      const chosen = subnet === undefined ? chooseSubnet(taken) : checkSubnet(subnet, taken);
      const kept = await this.#keep(name);
      await mkdir(kept.files.folder, { recursive: true, mode: 0o700 });
      await makeSocketFolder(kept.socketFolder, kept.files.folder);
      const record: NetworkRecord = {
        version: 1,
        name,
        subnet: formatSubnet(chosen),
        wayOut,
        createdAt: Date.now(),
        members: [],
      };
      await writeNetwork(kept.files.record, record);
      this.#kept.set(name, { ...kept, record });
      return this.#publish(name);
    });
  }

  /** Throws network.not-found, network.in-use without `force` while a member runs. */
  remove(name: string, force: boolean): Promise<void> {
    return this.#inOrder(async () => {
      const kept = this.#get(name);
      const alive = kept.record.members.filter(({ instance }) => this.#deps.isAlive(instance));
      if (alive.length > 0 && !force)
        throw new Problem("network.in-use", `${alive.map((one) => one.name).join(", ")} run in ${name}`, {
          hint: "Stop them first, or delete it with force.",
        });
      this.#kept.delete(name);
      // Without its record the switch would end by itself, only later.
      await rm(kept.files.record, { force: true });
      await endSwitch(kept.files);
      await this.#deps.gateway.endStray(kept.files.folder);
      for (const folder of [kept.socketFolder, kept.files.folder]) await rm(folder, { recursive: true, force: true });
      this.#deps.events.publish({ networks: { upsert: [], remove: [name] } });
    });
  }

  /** Makes an instance a member of exactly these networks. Throws network.not-found, network.full. */
  seat({ instance, name, networks, addresses = [], socketFolder }: MembershipRequest): Promise<Membership[]> {
    return this.#inOrder(async () => {
      for (const network of networks) this.#get(network);
      // All or none: what has no room in one network is in no other either.
      const planned = [...this.#kept].flatMap(([network, kept]) => {
        const { members: before } = kept.record;
        const own = addresses[networks.indexOf(network)]?.address;
        const seat = networks.includes(network) ? [seatIn(kept.record, { instance, name, own, socketFolder })] : [];
        const others = before.filter((one) => one.instance !== instance);
        if (seat.length === 0 && others.length === before.length) return [];
        const members = [...others, ...seat].sort((a, b) => (a.instance < b.instance ? -1 : 1));
        return JSON.stringify(members) === JSON.stringify(before) ? [] : [{ network, kept, members }];
      });
      for (const { network, kept, members } of planned) {
        kept.record = { ...kept.record, members };
        await writeNetwork(kept.files.record, kept.record);
        this.#publish(network);
      }
      return networks.flatMap((network) => {
        const member = this.#get(network).record.members.find((one) => one.instance === instance);
        return member ? [{ network, mac: member.mac, address: member.address, socket: member.socket }] : [];
      });
    });
  }

  /** Settles when the switches of these networks run. Throws network.not-found, network.failed. */
  async ready(networks: readonly string[]): Promise<void> {
    await Promise.all(networks.map((name) => this.#ensure(this.#get(name))));
  }

  /** What has gone through those whose switch runs. */
  async traffic(): Promise<TrafficReport["networks"]> {
    const reports = await Promise.all(
      [...this.#kept.values()].map(async ({ record, files, watch }) => {
        const report = watch ? await askSwitch(files) : undefined;
        return report ? [{ name: record.name, members: report.members, wayOut: report.wayOut }] : [];
      }),
    );
    return reports.flat();
  }

  /** Lets go: switches run on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { watch } of this.#kept.values()) watch?.destroy();
    await this.#latest.catch(() => undefined);
  }

  async #keep(name: string): Promise<Omit<Kept, "record">> {
    const folder = join(await realpath(this.#deps.folder), name);
    const socketFolder = socketFolderFor(folder, `network-${name}`);
    return { files: networkFiles(folder, socketFolder), socketFolder };
  }

  #get(name: string): Kept {
    const kept = this.#kept.get(name);
    if (kept) return kept;
    throw new Problem("network.not-found", `There is no network ${name}`, {
      hint: "“unideck network ls” lists them, “unideck network create” makes one.",
    });
  }

  async #ensure(kept: Kept): Promise<void> {
    await makeSocketFolder(kept.socketFolder, kept.files.folder);
    await ensureSwitch(this.#deps.program, kept.files, kept.socketFolder);
    this.#watch(kept);
  }

  /** Learns the switch's end from that of a connection to it. */
  #watch(kept: Kept): void {
    if (kept.watch || this.#isClosed) return;
    const socket = connect(kept.files.control);
    kept.watch = socket;
    socket.on("error", () => socket.destroy());
    socket.unref();
    socket.once("close", () => {
      kept.watch = undefined;
      if (this.#isClosed || this.#kept.get(kept.record.name) !== kept) return;
      this.#publish(kept.record.name);
      if (!this.#hasAliveMember(kept)) return;
      this.#deps.warn(`The switch of the network ${kept.record.name} exited and is restarted`);
      void this.#ensure(kept).catch((error: unknown) => this.#deps.warn(String(error)));
    });
    this.#publish(kept.record.name);
  }

  #hasAliveMember({ record }: Kept): boolean {
    return record.members.some(({ instance }) => this.#deps.isAlive(instance));
  }

  /** One change at a time. */
  #inOrder<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#latest.then(change);
    this.#latest = done.catch(() => undefined);
    return done;
  }

  #publish(name: string): Network {
    const network = view(this.#get(name));
    this.#deps.events.publish({ networks: { upsert: [network], remove: [] } });
    return network;
  }
}

interface Seated extends Pick<MembershipRequest, "instance" | "name" | "socketFolder"> {
  /** An address that it has whatever it is given. */
  own: string | undefined;
}

/** It keeps the address that it has. Throws network.full, network.invalid for an own address that has no place there. */
function seatIn(
  record: NetworkRecord,
  { instance, name, own, socketFolder }: Seated,
): NetworkRecord["members"][number] {
  const had = record.members.find((one) => one.instance === instance);
  const others = record.members.filter((one) => one.instance !== instance);
  const taken = new Set(others.flatMap(({ address }) => parseAddress(address) ?? []));
  const address = own === undefined ? had?.address : checkOwnAddress(own, factsOf(record), others);
  return {
    instance,
    name,
    mac: had?.mac ?? memberMac(record.name, instance),
    address: address ?? formatAddress(freeAddress(factsOf(record).subnet, taken)),
    socket: join(socketFolder, socketName(record.name)),
  };
}

function view({ record, watch }: Kept): Network {
  const { name, subnet, wayOut, createdAt, members } = record;
  return {
    name,
    subnet,
    address: formatAddress(ownAddress({ subnet: parseSubnet(subnet) ?? { base: 0, bits: 24 } })),
    wayOut,
    running: watch !== undefined,
    createdAt,
    members: members.map(({ socket: _, ...member }) => member),
  };
}

/** Short, whatever the network is called, and the same at every start. */
function socketName(network: string): string {
  return `n${createHash("sha256").update(network).digest("hex").slice(0, 6)}.sock`;
}
