/** DNS (RFC 1035), as far as a server of a few names needs it: one question, and an answer to it. Pure. */

export const DNS_PORT = 53;
const HEADER_BYTES = 12;
const MAX_NAME_BYTES = 255;
const Type = { a: 1, aaaa: 28, any: 255 } as const;
const CLASS_INTERNET = 1;
/** A member may get another address: its name is asked for again soon. */
const TTL_SECONDS = 5;

export const DnsCode = { none: 0, noSuchName: 3, refused: 5 } as const;

export interface DnsQuestion {
  id: number;
  /** In small letters, without the last dot. */
  name: string;
  /** Whether it asks for an IPv4 address; else for something that names here do not have. */
  wantsAddress: boolean;
  recursionDesired: boolean;
  /** The question as it came, to be sent back. */
  bytes: Buffer;
}

/** Undefined for what is no plain query with one question. */
export function parseQuery(bytes: Buffer): DnsQuestion | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const flags = bytes.readUInt16BE(2);
  // A response, or another operation than a query.
  if ((flags & 0xf800) !== 0 || bytes.readUInt16BE(4) !== 1) return undefined;
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = bytes[at++];
    // What points elsewhere has no place in a question.
    if (length === undefined || length > 63 || at + length > bytes.length) return undefined;
    if (length === 0) break;
    labels.push(bytes.toString("latin1", at, at + length).toLowerCase());
    at += length;
    if (at - HEADER_BYTES > MAX_NAME_BYTES) return undefined;
  }
  if (at + 4 > bytes.length || bytes.readUInt16BE(at + 2) !== CLASS_INTERNET) return undefined;
  const type = bytes.readUInt16BE(at);
  return {
    id: bytes.readUInt16BE(0),
    name: labels.join("."),
    wantsAddress: type === Type.a || type === Type.any,
    recursionDesired: (flags & 0x0100) !== 0,
    bytes: bytes.subarray(HEADER_BYTES, at + 4),
  };
}

/** `address` undefined: there is none of that kind, or, with a code, no such name. */
export function buildAnswer(
  question: DnsQuestion,
  { address, code = DnsCode.none }: { address?: number | undefined; code?: number },
): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(question.id, 0);
  // A response, authoritative, with recursion where it was asked for: resolvers pass over servers that have none.
  header.writeUInt16BE(0x8400 | (question.recursionDesired ? 0x0180 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  if (address === undefined) return Buffer.concat([header, question.bytes]);
  header.writeUInt16BE(1, 6);
  const record = Buffer.alloc(16);
  // The name: where the question has it.
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(Type.a, 2);
  record.writeUInt16BE(CLASS_INTERNET, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  record.writeUInt32BE(address, 12);
  return Buffer.concat([header, question.bytes, record]);
}
