/** States of bridges in words and tones, and how a bridge is chosen in the list of networks. Pure. */

import type { Bridge, BridgeSpec, BridgeState } from "../../shared/contract/bridges.ts";
import type { Instance } from "../../shared/contract/instances.ts";
import type { Tone } from "../ui/state-mark.tsx";
import { isOnBridge } from "./interface-names.ts";

const PREFIX = "bridge:";

/** No private network has such a name. */
export const bridgeKey = (name: string) => `${PREFIX}${name}`;

export const bridgeOfKey = (key: string | undefined) =>
  key?.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;

export const stateWords: Record<BridgeState, { words: string; tone: Tone }> = {
  absent: { words: "not set up", tone: "off" },
  applying: { words: "being set up", tone: "busy" },
  waiting: { words: "unconfirmed", tone: "busy" },
  ready: { words: "ready", tone: "ok" },
  undoing: { words: "being undone", tone: "busy" },
  failed: { words: "partly undone", tone: "bad" },
  foreign: { words: "of the host", tone: "ok" },
};

export const uplinkWords = ({ uplink, state }: Bridge) =>
  uplink ? `with uplink ${uplink}` : state === "foreign" ? "made by others" : "without an uplink";

/** Whole seconds until it is undone. */
export function secondsLeft({ undoneAt }: Bridge, now: number): number {
  return Math.max(0, Math.ceil(((undoneAt ?? now) - now) / 1000));
}

export function membersOf(name: string, instances: readonly Instance[]): Instance[] {
  return instances.filter(({ bridges }) => bridges.some((one) => isOnBridge(one, name)));
}

/** What does the same in a terminal. */
export function applyCommand({ name, uplink, address, seats }: BridgeSpec, consent?: string): string {
  const options = { uplink, address, seats, consent };
  const words = Object.entries(options).flatMap(([key, value]) => (value ? [`--${key}`, String(value)] : []));
  return ["unideck network apply", name, ...words].join(" ");
}
