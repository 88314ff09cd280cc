/** Behind which port of the switch an address is, as learned from what comes in. Pure: the clock is the caller's. */

import { isGroup } from "../packet/ethernet.ts";

const MAX_ADDRESSES = 1024;
const FORGET_AFTER_MS = 5 * 60_000;

export class MacTable {
  readonly #ports = new Map<string, { port: string; at: number }>();

  learn(mac: string, port: string, now: number): void {
    if (isGroup(mac)) return;
    const known = this.#ports.get(mac);
    // The oldest goes first: a Map keeps the order in which they came.
    if (known) this.#ports.delete(mac);
    else if (this.#ports.size >= MAX_ADDRESSES) {
      const [oldest] = this.#ports.keys();
      if (oldest !== undefined) this.#ports.delete(oldest);
    }
    this.#ports.set(mac, { port, at: now });
  }

  portOf(mac: string, now: number): string | undefined {
    const known = this.#ports.get(mac);
    if (!known) return undefined;
    if (now - known.at <= FORGET_AFTER_MS) return known.port;
    this.#ports.delete(mac);
    return undefined;
  }

  forgetPort(port: string): void {
    for (const [mac, known] of this.#ports) if (known.port === port) this.#ports.delete(mac);
  }

  get size(): number {
    return this.#ports.size;
  }
}
