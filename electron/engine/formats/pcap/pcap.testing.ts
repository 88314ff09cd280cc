/** Reads captures as Wireshark does: pcap, little-endian, microseconds, Ethernet (draft-ietf-opsawg-pcap). */

const MAGIC = 0xa1b2c3d4;
const ETHERNET = 1;
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;

/** The frames, each as much of it as was captured. What QEMU has not yet written whole is left out. Throws for what is no pcap. */
export function framesOf(file: Buffer): Buffer[] {
  if (file.readUInt32LE(0) !== MAGIC) throw new Error("this is no pcap");
  const [major, link] = [file.readUInt16LE(4), file.readUInt32LE(20)];
  if (major !== 2 || link !== ETHERNET) throw new Error(`version ${major}, link type ${link}`);
  const frames: Buffer[] = [];
  for (let at = FILE_HEADER_BYTES; at + RECORD_HEADER_BYTES <= file.length; ) {
    const [captured, whole] = [file.readUInt32LE(at + 8), file.readUInt32LE(at + 12)];
    if (captured > whole) throw new Error(`${captured} bytes of a frame of ${whole}`);
    const end = at + RECORD_HEADER_BYTES + captured;
    if (end > file.length) break;
    frames.push(file.subarray(at + RECORD_HEADER_BYTES, end));
    at = end;
  }
  return frames;
}
