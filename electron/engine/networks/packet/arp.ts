/** ARP for IPv4 over Ethernet (RFC 826). Pure. */

import { formatMac, macBytes } from "./ethernet.ts";

const BYTES = 28;
/** Ethernet, IPv4, and the lengths of their addresses. */
const KIND = Buffer.from([0, 1, 8, 0, 6, 4]);
const Operation = { request: 1, reply: 2 } as const;

export interface Arp {
  operation: keyof typeof Operation;
  senderMac: string;
  senderAddress: number;
  targetMac: string;
  targetAddress: number;
}

/** Undefined for what is none, or of another kind. */
export function parseArp(bytes: Buffer): Arp | undefined {
  if (bytes.length < BYTES || !bytes.subarray(0, 6).equals(KIND)) return undefined;
  const code = bytes.readUInt16BE(6);
  const operation = code === Operation.request ? "request" : code === Operation.reply ? "reply" : undefined;
  if (!operation) return undefined;
  return {
    operation,
    senderMac: formatMac(bytes, 8),
    senderAddress: bytes.readUInt32BE(14),
    targetMac: formatMac(bytes, 18),
    targetAddress: bytes.readUInt32BE(24),
  };
}

export function buildArp({ operation, senderMac, senderAddress, targetMac, targetAddress }: Arp): Buffer {
  const bytes = Buffer.alloc(BYTES);
  KIND.copy(bytes);
  bytes.writeUInt16BE(Operation[operation], 6);
  macBytes(senderMac).copy(bytes, 8);
  bytes.writeUInt32BE(senderAddress, 14);
  macBytes(targetMac).copy(bytes, 18);
  bytes.writeUInt32BE(targetAddress, 24);
  return bytes;
}
