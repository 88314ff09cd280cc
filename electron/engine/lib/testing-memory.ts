/** What tests ask of this process's memory. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/**
 * What this process holds, in bytes. Not its resident memory: how much of that is garbage, also of a test's own reading,
 * depends on the moment.
 */
export function heldMemory(): number {
  if (typeof collectGarbage === "function") collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
