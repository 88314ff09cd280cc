/** The switch's core: which ports a frame goes to, and what is counted. Pure: frames in, frames out, the clock is the caller's. */

import { DhcpPort } from "../packet/dhcp.ts";
import { BROADCAST, isGroup, parseFrame } from "../packet/ethernet.ts";
import { Protocol, parseIpv4, parseUdp } from "../packet/ipv4.ts";
import { MacTable } from "./mac-table.ts";
import { type NetworkFacts, ownMac, serve } from "./services.ts";

/** The port that leads out of the network. */
export const WAY_OUT = "out";

export interface Counts {
  /** From the guest's side: what it has sent and what was sent to it. */
  sentBytes: number;
  sentFrames: number;
  receivedBytes: number;
  receivedFrames: number;
  droppedFrames: number;
}

interface Port {
  /** Says whether there is room for it. */
  send(frame: Buffer): boolean;
  counts: Counts;
}

export class Switching {
  network: NetworkFacts;
  readonly #ports = new Map<string, Port>();
  readonly #table = new MacTable();
  /** Of all ports that there were: a guest that comes back goes on counting. */
  readonly #counts = new Map<string, Counts>();

  constructor(network: NetworkFacts) {
    this.network = network;
  }

  plug(id: string, send: Port["send"]): void {
    this.#ports.set(id, { send, counts: this.countsOf(id) });
  }

  unplug(id: string): void {
    this.#ports.delete(id);
    this.#table.forgetPort(id);
  }

  isPlugged(id: string): boolean {
    return this.#ports.has(id);
  }

  countsOf(id: string): Counts {
    const known = this.#counts.get(id);
    if (known) return known;
    const counts = { sentBytes: 0, sentFrames: 0, receivedBytes: 0, receivedFrames: 0, droppedFrames: 0 };
    this.#counts.set(id, counts);
    return counts;
  }

  /** Takes a frame that came in by a port. */
  take(from: string, bytes: Buffer, now: number): void {
    const port = this.#ports.get(from);
    const frame = parseFrame(bytes);
    if (!port || !frame) return;
    port.counts.sentBytes += bytes.length;
    port.counts.sentFrames++;
    // Nobody is the switch but itself, and none has a group's address.
    if (frame.source === ownMac(this.network) || isGroup(frame.source)) return;
    this.#table.learn(frame.source, from, now);
    if (from !== WAY_OUT) {
      const { answers, passes } = serve(frame, this.network);
      for (const answer of answers) this.#send(port, answer);
      if (!passes) return;
    } else if (isFromDhcpServer(bytes)) return;
    this.#forward(from, frame.destination, bytes, now);
  }

  #forward(from: string, destination: string, bytes: Buffer, now: number): void {
    const known = destination === BROADCAST ? undefined : this.#table.portOf(destination, now);
    if (known !== undefined) {
      const port = known === from ? undefined : this.#ports.get(known);
      if (port) this.#send(port, bytes);
      return;
    }
    for (const [id, port] of this.#ports) if (id !== from) this.#send(port, bytes);
  }

  #send({ send, counts }: Port, bytes: Buffer): void {
    if (!send(bytes)) {
      counts.droppedFrames++;
      return;
    }
    counts.receivedBytes += bytes.length;
    counts.receivedFrames++;
  }
}

/** The way out would give addresses too; here they come from the switch. */
function isFromDhcpServer(bytes: Buffer): boolean {
  const packet = parseIpv4(bytes.subarray(14));
  if (packet?.protocol !== Protocol.udp) return false;
  return parseUdp(packet)?.sourcePort === DhcpPort.server;
}
