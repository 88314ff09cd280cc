/**
 * Programs that outlive this process, or run beside it, get the descriptors that they are meant to have and no others.
 *
 * Chromium opens files and sockets without close-on-exec, and Node closes nothing in a child: every QEMU that Electron
 * started had some eighty of them, so a window that was killed kept its sockets and its helpers. A shell between closes
 * them and becomes the program, which has the same process id.
 */

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";

/** The word by which the process table knows a program that is about to be started (`ownWords`). */
const LAUNCHER = "unideck-launch";
/** `exec N>&-` with more than one digit is beyond some small shells. */
const SHELLS = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash", "/opt/homebrew/bin/bash"];
/** $1: the highest descriptor that is kept. The rest is the program. In one line, as `ps` shows it. */
const SCRIPT = `keep=$1; shift; for fd in /dev/fd/*; do fd=\${fd##*/}; case $fd in *[!0-9]*) ;; *) [ "$fd" -le "$keep" ] || eval "exec $fd>&-";; esac; done; exec "$@"`;

interface LaunchOptions extends Pick<SpawnOptions, "cwd" | "env" | "detached"> {
  /** From descriptor 0 on, each of them: what is not named is closed. */
  stdio: readonly ("ignore" | "pipe" | "inherit" | number)[];
}

/** Starts a program by its absolute path, without a descriptor that is not in `stdio`. */
export function launch(program: string, words: readonly string[], options: LaunchOptions): ChildProcess {
  const { stdio, ...others } = options;
  const [first = program, ...rest] = launchCommand(program, words, stdio.length - 1);
  return spawn(first, rest, { ...others, stdio: [...stdio] });
}

/** The command that becomes this one with no descriptor above `highest`. */
export function launchCommand(program: string, words: readonly string[], highest: number): string[] {
  const shell = SHELLS.find((path) => existsSync(path));
  // What cannot be started is the caller's to hear, by an event as always.
  if (!shell || !mayRun(program)) return [program, ...words];
  // -p: no file that the environment names is read first.
  return [shell, "-p", "-c", SCRIPT, LAUNCHER, String(highest), program, ...words];
}

/** The words of a process's own command, also while the launcher has yet to become it. */
export function ownWords(words: string[]): string[] {
  return words[4] === LAUNCHER ? words.slice(6) : words;
}

function mayRun(program: string): boolean {
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
