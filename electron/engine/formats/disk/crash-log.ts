/** The crash log of a disk: what the kernel left there at its end (docs/formats.md, "The crash log"). */

import { withDisk } from "./disk.ts";
import { CRASH_LOG_BYTES } from "./partition-table.ts";

const MAGIC = "KLOG";
const CODE_OFFSET = 12;
const TEXT_OFFSET = 16;

export interface CrashLog {
  /** The exit code. */
  code: number;
  /** For Nanos the end of the console output, for Pith its exit record: at most 4080 bytes. */
  text: string;
}

/** The disk's crash log; undefined where none was written. Throws image.not-found, image.damaged. */
export function readCrashLog(diskPath: string): Promise<CrashLog | undefined> {
  return withDisk(diskPath, async (disk) =>
    parseCrashLog(await disk.source.read(disk.crashLogOffset, CRASH_LOG_BYTES)),
  );
}

export function parseCrashLog(bytes: Buffer): CrashLog | undefined {
  if (bytes.length < TEXT_OFFSET || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) return undefined;
  const text = bytes.subarray(TEXT_OFFSET, CRASH_LOG_BYTES);
  const end = text.indexOf(0);
  return { code: bytes.readInt32LE(CODE_OFFSET), text: text.toString("utf8", 0, end < 0 ? text.length : end) };
}
