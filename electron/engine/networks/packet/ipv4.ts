/** IPv4 packets that are whole: fragments are nobody's business here. And what rides on them: UDP, and ICMP's echo. Pure. */

const LEAST_HEADER_BYTES = 20;
const UDP_HEADER_BYTES = 8;
const ICMP_HEADER_BYTES = 8;
const TIME_TO_LIVE = 64;

export const Protocol = { icmp: 1, tcp: 6, udp: 17 } as const;

export interface Ipv4 {
  source: number;
  destination: number;
  protocol: number;
  payload: Buffer;
}

/** Undefined for what is damaged, a fragment, or another version. The payload is a view of `bytes`. */
export function parseIpv4(bytes: Buffer): Ipv4 | undefined {
  const first = bytes[0] ?? 0;
  const headerBytes = (first & 0x0f) * 4;
  if (first >> 4 !== 4 || headerBytes < LEAST_HEADER_BYTES || bytes.length < headerBytes) return undefined;
  const totalBytes = bytes.readUInt16BE(2);
  // An Ethernet frame may have padding after the packet, but never less than it.
  if (totalBytes < headerBytes || totalBytes > bytes.length) return undefined;
  if ((bytes.readUInt16BE(6) & 0x3fff) !== 0 || checksum(bytes.subarray(0, headerBytes)) !== 0) return undefined;
  return {
    source: bytes.readUInt32BE(12),
    destination: bytes.readUInt32BE(16),
    protocol: bytes[9] ?? 0,
    payload: bytes.subarray(headerBytes, totalBytes),
  };
}

export function buildIpv4({ source, destination, protocol, payload }: Ipv4): Buffer {
  const header = Buffer.alloc(LEAST_HEADER_BYTES);
  header[0] = 0x45;
  header.writeUInt16BE(LEAST_HEADER_BYTES + payload.length, 2);
  header[8] = TIME_TO_LIVE;
  header[9] = protocol;
  header.writeUInt32BE(source, 12);
  header.writeUInt32BE(destination, 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

export interface Udp {
  sourcePort: number;
  destinationPort: number;
  payload: Buffer;
}

/** Undefined for what is damaged. A checksum of 0 is none. */
export function parseUdp({ source, destination, payload: bytes }: Ipv4): Udp | undefined {
  if (bytes.length < UDP_HEADER_BYTES) return undefined;
  const lengthBytes = bytes.readUInt16BE(4);
  if (lengthBytes < UDP_HEADER_BYTES || lengthBytes > bytes.length) return undefined;
  const datagram = bytes.subarray(0, lengthBytes);
  const isChecked = datagram.readUInt16BE(6) !== 0;
  if (isChecked && checksum(Buffer.concat([pseudoHeader(source, destination, lengthBytes), datagram])) !== 0)
    return undefined;
  return {
    sourcePort: datagram.readUInt16BE(0),
    destinationPort: datagram.readUInt16BE(2),
    payload: datagram.subarray(UDP_HEADER_BYTES),
  };
}

/** The whole IPv4 packet. */
export function buildUdp(source: number, destination: number, { sourcePort, destinationPort, payload }: Udp): Buffer {
  const header = Buffer.alloc(UDP_HEADER_BYTES);
  const lengthBytes = UDP_HEADER_BYTES + payload.length;
  header.writeUInt16BE(sourcePort, 0);
  header.writeUInt16BE(destinationPort, 2);
  header.writeUInt16BE(lengthBytes, 4);
  const sum = checksum(Buffer.concat([pseudoHeader(source, destination, lengthBytes), header, payload]));
  // 0 would mean that there is none.
  header.writeUInt16BE(sum || 0xffff, 6);
  return buildIpv4({ source, destination, protocol: Protocol.udp, payload: Buffer.concat([header, payload]) });
}

/** The answer to an ICMP echo request; undefined for anything else. */
export function answerEcho({ source, destination, payload: bytes }: Ipv4): Buffer | undefined {
  if (bytes.length < ICMP_HEADER_BYTES || bytes[0] !== 8 || bytes[1] !== 0 || checksum(bytes) !== 0) return undefined;
  const reply = Buffer.from(bytes);
  reply[0] = 0;
  reply.writeUInt16BE(0, 2);
  reply.writeUInt16BE(checksum(reply), 2);
  return buildIpv4({ source: destination, destination: source, protocol: Protocol.icmp, payload: reply });
}

function pseudoHeader(source: number, destination: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(source, 0);
  bytes.writeUInt32BE(destination, 4);
  bytes[9] = Protocol.udp;
  bytes.writeUInt16BE(lengthBytes, 10);
  return bytes;
}

/** The Internet's checksum (RFC 1071); 0 over something that has its own in it and is whole. */
export function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i + 1 < bytes.length; i += 2) sum += bytes.readUInt16BE(i);
  if (bytes.length % 2 === 1) sum += (bytes[bytes.length - 1] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
