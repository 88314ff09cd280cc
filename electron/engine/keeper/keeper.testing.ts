/** A keeper for tests: the real process, run from its sources. */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Keeper } from "./keeper.ts";
import type { Limits } from "./protocol.ts";

const MEBIBYTE = 1 << 20;

export function testKeeper(home: string, limits: Partial<Limits> = {}): Keeper {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const program = join(import.meta.dirname, "../../keeper.ts");
  return new Keeper({
    home,
    program,
    limits: () => ({ console: 64 * MEBIBYTE, trace: 64 * MEBIBYTE, capture: 64 * MEBIBYTE, ...limits }),
    warn: (sentence) => console.error(sentence),
  });
}
