/** The frames of a TFS log: what is the same for reading and for writing it (docs/formats.md, "The log"). */

export const SECTOR_BYTES = 512;
export const MAGIC = "NVMTFS";
export const VERSION = 5;
/** Every log extension but the first. */
export const EXTENSION_SECTORS = 1024;
export const UUID_BYTES = 16;
/** Where the UUID stands in sector 0: behind the magic, the version and the length, which take a byte each. */
export const UUID_OFFSET = MAGIC.length + 2;
export const MAX_LABEL_BYTES = 31;

export const Frame = { end: 1, record: 2, more: 3, segment: 4, link: 5 } as const;

/** What sector 0 says of the volume. */
export interface VolumeIdentity {
  /** 16 bytes. */
  uuid: Buffer;
  label: string;
}

/** A run of sectors. */
export interface Sectors {
  first: number;
  count: number;
}

export function formatUuid(uuid: Buffer): string {
  return uuid.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
