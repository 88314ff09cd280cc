/** `qemu.log`: what QEMU printed in all runs of an instance. A line marks where each run begins. */

import { writeSync } from "node:fs";
import { readTail } from "../../lib/read-tail.ts";
import type { InstanceFiles } from "../instance-files.ts";

const MAX_SAID_BYTES = 64 << 10;
const anyMark = /^--- run \d+ ---$/m;

const markOf = (run: number) => `--- run ${run} ---`;

/** Marks the begin of a run, in the log that is open as `log`. */
export function markRun(log: number, run: number): void {
  writeSync(log, `${markOf(run)}\n`);
}

export const isMark = (line: string) => anyMark.test(line);

/**
 * What QEMU printed in this run; the end of it, where that is much. A log without any mark is of this run: the keeper has
 * emptied it since, or Unideck 0.1.0 has started the machine.
 */
export async function saidIn({ qemuLog }: Pick<InstanceFiles, "qemuLog">, run: number): Promise<string> {
  const bytes = await readTail(qemuLog, 0, MAX_SAID_BYTES).catch(() => Buffer.alloc(0));
  const text = bytes.toString("utf8");
  const mark = `${markOf(run)}\n`;
  const at = text.lastIndexOf(mark);
  if (at >= 0) return text.slice(at + mark.length);
  return anyMark.test(text) ? "" : text;
}
