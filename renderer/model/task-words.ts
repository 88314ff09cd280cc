/** A task's numbers in words. Pure. */

import type { Task } from "../../shared/contract/tasks.ts";
import { formatBytes } from "../ui/format.ts";
import type { Tone } from "../ui/state-mark.tsx";

/** `7.1 MB of 20 MB`, `3 of 9`, `7.1 MB` while the whole is not known, or nothing. */
export function progressWords({ done, total, unit }: Task["progress"]): string {
  const words = unit === "bytes" ? formatBytes : String;
  if (total > 0) return `${words(done)} of ${words(total)}`;
  return done > 0 ? words(done) : "";
}

export const taskTones: Record<Task["state"], Tone> = {
  running: "busy",
  done: "ok",
  failed: "bad",
  cancelled: "off",
  interrupted: "off",
};
