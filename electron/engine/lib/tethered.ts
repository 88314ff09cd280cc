/**
 * Child processes that don't outlive this one, however it ends: not after a kill -9, not when the home is gone. Node has no
 * way to ask the system for that, so a shell stands between: it ends the program when its standard input, a pipe of ours,
 * is closed. The system closes it when we die.
 */

import type { ChildProcess } from "node:child_process";
import { launch } from "./launch.ts";

/**
 * `"$@"` is the program. The reader must be a process of its own, as a shell waits for one thing at a time, and gets the pipe as
 * descriptor 3, as what is in the background reads nothing. Its words on having killed something are nobody's business.
 */
const SCRIPT = `exec 3<&0 </dev/null
"$@" 3<&- &
program=$!
{ read -r _ <&3; kill -9 "$program"; } >/dev/null 2>&1 &
reader=$!
exec 3<&-
wait "$program"
status=$?
kill -9 "$reader" 2>/dev/null
exit "$status"`;

interface TetheredOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** `pipe` where it is read, `inherit` where it goes to our own. */
  stderr: "pipe" | "inherit";
}

export interface Tethered {
  /** The shell. It has the program's exit status; 128 and the number, where a signal ended that. */
  process: ChildProcess;
  /** Ends the program at once. Its `exit` and `close` tell when that is done. */
  end(): void;
}

/** Starts a program with no standard input, which ends with this process at the latest. */
export function spawnTethered(program: string, words: readonly string[], options: TetheredOptions): Tethered {
  const { stderr, ...others } = options;
  const child = launch("/bin/sh", ["-c", SCRIPT, "sh", program, ...words], {
    ...others,
    stdio: ["pipe", stderr === "pipe" ? "ignore" : "inherit", stderr],
  });
  // It may have ended before its input is closed.
  child.stdin?.on("error", () => undefined);
  return { process: child, end: () => child.stdin?.destroy() };
}
