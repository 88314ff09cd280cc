/** Fixed VHD: the raw disk and a footer of 512 bytes (Microsoft, "Virtual Hard Disk Image Format Specification"). Pure. */

const FOOTER_BYTES = 512;
const MIB = 1 << 20;
/** Azure takes whole MiB, at least so many. */
const LEAST_BYTES = 20 * MIB;
const FIXED = 2;
/** The geometry's largest: 65535 cylinders, 16 heads, 255 sectors. */
const MOST_SECTORS = 65535 * 16 * 255;

/** How large the raw part of a VHD is for this disk. */
export const vhdDiskBytes = (diskBytes: number) => Math.max(LEAST_BYTES, Math.ceil(diskBytes / MIB) * MIB);

/** The footer of a disk of that size. `id`: 16 bytes that identify it. */
export function vhdFooter(diskBytes: number, id: Uint8Array): Buffer {
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.write("conectix", 0, "latin1");
  footer.writeUInt32BE(2, 8); // reserved, always set
  footer.writeUInt32BE(0x0001_0000, 12); // version 1.0
  footer.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 16); // no dynamic header
  // Of creators that readers do not know they take the geometry, which is coarse, for the size.
  footer.write("win ", 28, "latin1");
  footer.writeUInt32BE(0x0001_0000, 32);
  footer.write("Wi2k", 36, "latin1"); // the host that all readers know
  footer.writeBigUInt64BE(BigInt(diskBytes), 40);
  footer.writeBigUInt64BE(BigInt(diskBytes), 48);
  const { cylinders, heads, sectors } = geometryOf(diskBytes);
  footer.writeUInt16BE(cylinders, 56);
  footer.writeUInt8(heads, 58);
  footer.writeUInt8(sectors, 59);
  footer.writeUInt32BE(FIXED, 60);
  footer.set(id.subarray(0, 16), 68);
  const sum = footer.reduce((total, byte) => total + byte, 0);
  footer.writeUInt32BE(~sum >>> 0, 64);
  return footer;
}

/** As the specification's appendix computes it. */
function geometryOf(diskBytes: number): { cylinders: number; heads: number; sectors: number } {
  const total = Math.min(diskBytes / 512, MOST_SECTORS);
  if (total >= 65535 * 16 * 63) return { cylinders: Math.floor(total / 255 / 16), heads: 16, sectors: 255 };
  let sectors = 17;
  let tracks = Math.floor(total / sectors);
  let heads = Math.max(4, Math.floor((tracks + 1023) / 1024));
  if (tracks >= heads * 1024 || heads > 16) {
    [sectors, heads] = [31, 16];
    tracks = Math.floor(total / sectors);
  }
  if (tracks >= heads * 1024) {
    [sectors, heads] = [63, 16];
    tracks = Math.floor(total / sectors);
  }
  return { cylinders: Math.floor(tracks / heads), heads, sectors };
}
