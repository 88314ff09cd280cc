/**
 * A disk whose boot sector is the whole guest: it says a line on the serial port, then ends the machine, waits for ever, or
 * sends back every byte that it is sent.
 * So the supervisor is tested with a real QEMU and a real guest, whatever kernels there are.
 */

import { writeFile } from "node:fs/promises";
import { DEBUG_EXIT_PORT } from "../hypervisors/qemu/argv.ts";

const ORIGIN = 0x7c00;
const COM1 = 0x3f8;
const word = (value: number) => [value & 0xff, value >> 8];

const WAIT = [0xeb, 0xfe];
const ECHO = [
  ...[0xba, ...word(COM1 + 5), 0xec, 0xa8, 0x01, 0x74, 0xf8], // until the line status says that a byte is there
  ...[0xba, ...word(COM1), 0xec, 0xee, 0xeb, 0xf1], // in, out, again
];

/** 16-bit code. */
function bootSector(line: string, after: number | "wait" | "echo"): Buffer {
  const exit = (code: number) => [0xba, ...word(DEBUG_EXIT_PORT), 0xb0, code, 0xee, 0xf4];
  const end = after === "wait" ? WAIT : after === "echo" ? ECHO : exit(after);
  const messageAt = ORIGIN + 18 + end.length;
  const code = [
    ...[0x31, 0xc0, 0x8e, 0xd8], // ds = 0
    ...[0xbe, ...word(messageAt)], // si = the line
    ...[0xac, 0x84, 0xc0, 0x74, 0x06], // the next byte; 0 ends it
    ...[0xba, ...word(COM1), 0xee, 0xeb, 0xf5], // out, again
    ...end,
  ];
  const sector = Buffer.alloc(512);
  Buffer.from([...code, ...Buffer.from(`${line}\0`, "latin1")]).copy(sector);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** Writes the disk to `path`; `after` the line the guest ends with this code, or does that. The code shares its sector with the partition table: lines are short. */
export async function writeBootDisk(
  path: string,
  line: string,
  after: number | "wait" | "echo" = "wait",
): Promise<void> {
  if (line.length > 200) throw new RangeError("the line would reach into the partition table");
  const disk = Buffer.alloc(1 << 20);
  bootSector(line, after).copy(disk);
  await writeFile(path, disk);
}
