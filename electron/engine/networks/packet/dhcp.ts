/** DHCP (RFC 2131, 2132): what a guest asks, and what a server says to it. Pure. */

import { formatMac, macBytes } from "./ethernet.ts";

export const DhcpPort = { server: 67, client: 68 } as const;
const MessageType = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 } as const;
type MessageType = keyof typeof MessageType;
const Option = {
  pad: 0,
  netmask: 1,
  router: 3,
  nameServer: 6,
  domain: 15,
  requestedAddress: 50,
  lease: 51,
  messageType: 53,
  serverId: 54,
  renewal: 58,
  rebinding: 59,
  end: 255,
} as const;
/** Up to the cookie; options follow. */
const FIXED_BYTES = 236;
const COOKIE = Buffer.from([99, 130, 83, 99]);
/** Old clients want no less. */
const LEAST_BYTES = 300;
const MAX_OPTIONS = 64;

export interface DhcpRequest {
  type: MessageType;
  transaction: number;
  mac: string;
  /** The address that it has already; 0 where it has none. */
  clientAddress: number;
  requestedAddress: number | undefined;
  /** The server that it has chosen. */
  server: number | undefined;
  wantsBroadcast: boolean;
}

/** Undefined for what is no request of a client over Ethernet. */
export function parseDhcp(bytes: Buffer): DhcpRequest | undefined {
  if (bytes.length < FIXED_BYTES + COOKIE.length) return undefined;
  if (bytes[0] !== 1 || bytes[1] !== 1 || bytes[2] !== 6) return undefined;
  if (!bytes.subarray(FIXED_BYTES, FIXED_BYTES + 4).equals(COOKIE)) return undefined;
  const options = readOptions(bytes.subarray(FIXED_BYTES + COOKIE.length));
  const code = options?.get(Option.messageType)?.[0];
  const type = typeOf(code);
  if (!options || !type) return undefined;
  const address = (option: number) => {
    const value = options.get(option);
    return value?.length === 4 ? value.readUInt32BE(0) : undefined;
  };
  return {
    type,
    transaction: bytes.readUInt32BE(4),
    mac: formatMac(bytes, 28),
    clientAddress: bytes.readUInt32BE(12),
    requestedAddress: address(Option.requestedAddress),
    server: address(Option.serverId),
    wantsBroadcast: (bytes.readUInt16BE(10) & 0x8000) !== 0,
  };
}

const types: readonly MessageType[] = ["discover", "request", "decline", "release", "inform"];
const typeOf = (code: number | undefined) => types.find((type) => MessageType[type] === code);

function readOptions(bytes: Buffer): Map<number, Buffer> | undefined {
  const options = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length && options.size < MAX_OPTIONS; ) {
    const code = bytes[at++];
    if (code === Option.end) return options;
    if (code === undefined || code === Option.pad) continue;
    const length = bytes[at++];
    if (length === undefined || at + length > bytes.length) return undefined;
    options.set(code, bytes.subarray(at, at + length));
    at += length;
  }
  return options;
}

export interface DhcpReply {
  type: "offer" | "ack" | "nak";
  /** The address that the guest gets; 0 in a refusal. */
  address: number;
  server: number;
  netmask: number;
  router: number | undefined;
  nameServer: number;
  domain: string;
  leaseSeconds: number;
}

export function buildDhcp(request: DhcpRequest, reply: DhcpReply): Buffer {
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.set([2, 1, 6, 0]);
  fixed.writeUInt32BE(request.transaction, 4);
  fixed.writeUInt16BE(request.wantsBroadcast ? 0x8000 : 0, 10);
  if (reply.type === "ack") fixed.writeUInt32BE(request.clientAddress, 12);
  fixed.writeUInt32BE(reply.address, 16);
  fixed.writeUInt32BE(reply.server, 20);
  macBytes(request.mac).copy(fixed, 28);
  const message = Buffer.concat([fixed, COOKIE, ...replyOptions(reply)]);
  return Buffer.concat([message, Buffer.alloc(Math.max(0, LEAST_BYTES - message.length))]);
}

function replyOptions({ type, server, netmask, router, nameServer, domain, leaseSeconds }: DhcpReply): Buffer[] {
  const head = [option(Option.messageType, [MessageType[type]]), number(Option.serverId, server)];
  const end = Buffer.from([Option.end]);
  if (type === "nak") return [...head, end];
  return [
    ...head,
    number(Option.lease, leaseSeconds),
    number(Option.renewal, Math.floor(leaseSeconds / 2)),
    number(Option.rebinding, Math.floor((leaseSeconds * 7) / 8)),
    number(Option.netmask, netmask),
    ...(router === undefined ? [] : [number(Option.router, router)]),
    number(Option.nameServer, nameServer),
    option(Option.domain, Buffer.from(domain.slice(0, 60), "latin1")),
    end,
  ];
}

const option = (code: number, value: Iterable<number>) => {
  const bytes = [...value];
  return Buffer.from([code, bytes.length, ...bytes]);
};

function number(code: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return option(code, bytes);
}
