/** Paths as people type them where no shell is in between: `~` stands for their home. */

import { homedir } from "node:os";
import { join } from "node:path";

/** `~` and `~/x` as an absolute path; everything else as it is. */
export function expandHome(path: string): string;
export function expandHome(path: string | undefined): string | undefined;
export function expandHome(path: string | undefined): string | undefined {
  return path === "~" || path?.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}
