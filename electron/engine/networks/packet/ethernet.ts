/** Ethernet II frames, without their check sequence: how they are taken apart and put together. Pure. */

export const HEADER_BYTES = 14;
export const EtherType = { ipv4: 0x0800, arp: 0x0806 } as const;
export const BROADCAST = "ff:ff:ff:ff:ff:ff";

export interface Frame {
  /** `52:54:00:12:34:56` */
  destination: string;
  source: string;
  type: number;
  payload: Buffer;
}

/** Undefined for what is too short to be one. The payload is a view of `bytes`. */
export function parseFrame(bytes: Buffer): Frame | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  return {
    destination: formatMac(bytes, 0),
    source: formatMac(bytes, 6),
    type: bytes.readUInt16BE(12),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

export function buildFrame({ destination, source, type, payload }: Frame): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  macBytes(destination).copy(header, 0);
  macBytes(source).copy(header, 6);
  header.writeUInt16BE(type, 12);
  return Buffer.concat([header, payload]);
}

export function formatMac(bytes: Buffer, at: number): string {
  const hex = bytes.toString("hex", at, at + 6);
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10)}`;
}

export function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(":", ""), "hex");
}

/** Whether it is for many: broadcast and multicast. */
export function isGroup(mac: string): boolean {
  return (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
}
