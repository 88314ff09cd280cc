/** An engine that is there and does not answer: which process that is, and what a person can do. */

import { readFile } from "node:fs/promises";
import { Problem } from "../../shared/problem.ts";
import { lockHolder } from "../engine/lib/folder-lock.ts";
import type { EngineAddress } from "./engine-address.ts";

/** `pid` as the engine's address has it, which may be of a process that has gone: the lock knows better. */
export async function silentEngine(home: string, address: EngineAddress | undefined): Promise<Problem> {
  const pid = (await lockHolder(home)) ?? (address && isThere(address.pid) ? address.pid : undefined);
  if (pid === undefined)
    return new Problem("engine.busy", `Another Unideck uses ${home}, but does not answer`, {
      hint: "Quit it, or wait for it to end.",
    });
  const stopped = await isStopped(pid);
  const hint = stopped
    ? `Resume it: fg in its terminal, or kill -CONT ${pid}. Or end it: kill -KILL ${pid}. Running instances keep running.`
    : `Wait for it to end, or end it: kill -KILL ${pid}. Running instances keep running.`;
  return new Problem("engine.busy", `Process ${pid} holds ${home} and ${stopped ? "is stopped" : "does not answer"}`, {
    hint,
    details: address?.pid === pid ? `It is Unideck ${address.version}.` : undefined,
  });
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether it was stopped by a signal, such as Ctrl-Z; false where the system does not tell. */
async function isStopped(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // The name in parentheses may have anything in it.
  return /^ [Tt] /.test(stat.slice(stat.lastIndexOf(")") + 1));
}
