/** What the supervisor is given by the engine. */

import type { Attachment } from "../../../shared/contract/bridges.ts";
import type { NicBackend } from "../hypervisors/driver.ts";
import type { Hypervisors } from "../hypervisors/hypervisors.ts";
import type { Keeper } from "../keeper/keeper.ts";
import type { EventHub } from "../lib/event-hub.ts";
import type { Homes } from "../lib/homes.ts";
import type { StaticAddress } from "../lib/static-address.ts";
import type { StopTimes } from "./shutdown.ts";

/** The kernel in an image, as a file. */
export interface ExtractedKernel {
  path: string;
  sha256: string;
  kind: "pith" | "nanos" | "unknown";
  version?: string | undefined;
}

/** An instance's place in a private network. */
export interface Membership {
  network: string;
  mac: string;
  address: string;
  /** Where its machine waits for the network's switch. */
  socket: string;
}

export interface MembershipRequest {
  instance: string;
  name: string;
  networks: readonly string[];
  /** Addresses that it has whatever it is given: of its interfaces, which come in the order of its networks. */
  addresses?: readonly (StaticAddress | null)[];
  socketFolder: string;
}

/** What the supervisor knows of private networks. */
export interface NetworkMemberships {
  /** Makes an instance a member of exactly these networks. Throws network.not-found, network.full. */
  seat(request: MembershipRequest): Promise<Membership[]>;
  /** Settles when the switches of these networks run. Throws network.not-found, network.failed. */
  ready(networks: readonly string[]): Promise<void>;
}

/** What the supervisor knows of the host's bridges. */
export interface BridgeAttachments {
  /** Where an instance's cards are plugged in. Throws network.unsupported, network.not-found, network.full, network.failed. */
  plug(instance: string, attachments: readonly Attachment[]): Promise<NicBackend[]>;
}

export interface SupervisorDeps {
  homes: Pick<Homes, "unideck" | "instances" | "trash" | "kernelCache">;
  events: EventHub;
  /** Throws image.not-found. */
  resolveImage(nameOrPath: string): Promise<{ path: string; name: string }>;
  /** Takes the kernel out of an image or an instance's disk; quick when it did so before. Throws image.damaged. */
  extractKernel(imagePath: string, cacheFolder: string): Promise<ExtractedKernel>;
  /** Addresses that an image gives its interfaces, `en1` first. */
  readAddresses?(imagePath: string): Promise<(StaticAddress | null)[]>;
  readCrashLog(diskPath: string): Promise<{ code: number; text: string } | undefined>;
  /** Private networks; without them, instances can't be members. */
  networks?: NetworkMemberships;
  /** Bridges of the host; without them, instances can't be plugged in. */
  bridges?: BridgeAttachments;
  hypervisors: Hypervisors;
  stopTimes?: StopTimes;
  /** Keeps what machines write within bounds. */
  keeper: Pick<Keeper, "warmUp" | "keep" | "lookAgain" | "settle">;
  /** How large a capture may become. */
  captureBytes?(): number;
  /** What nobody asked about but somebody should know. */
  warn?(sentence: string): void;
}

export const defaultStopTimes: StopTimes = { powerButtonMs: 5000, quitMs: 2000 };
