/**
 * The engine beside the window: where Electron's Node cannot hold the engine's lock, a Node of the project's own runs
 * `engine-host.js` and the window is its client. It ends with this process, however that ends: its standard input is a
 * pipe of ours.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

import { Problem } from "../../../shared/problem.ts";
import { ProblemReportSchema } from "../../../shared/problem-schema.ts";
import { findProgram } from "../../engine/lib/find-program.ts";
import { launch } from "../../engine/lib/launch.ts";
import { parseJson } from "../../engine/lib/parse-json.ts";

/** One that ends is started again after this long. */
const RESTART_AFTER_MS = 200;
const MAX_SAID_LENGTH = 64 * 1024;
const END_LIMIT_MS = 10_000;

export interface EngineProcess {
  /** Rejects with the reason, where the first one ends without having been told to. */
  readonly failed: Promise<never>;
  /** Ends it in order. */
  close(): Promise<void>;
}

/** The Node that runs the engine: the one that is named, the one that npm brought, or the system's. */
export async function findEngineNode(program: string, named = process.env.UNIDECK_NODE): Promise<string> {
  const found = named || broughtNode(dirname(program)) || (await findProgram("node"));
  if (found) return found;
  throw new Problem("engine.gone", "Unideck's engine cannot start: Node was not found", {
    hint: "Install Node 24, or set UNIDECK_NODE to one.",
  });
}

/** In the next folder upwards that has one. */
function broughtNode(folder: string): string | undefined {
  const path = join(folder, `node_modules/node-${process.platform}-${process.arch}/bin/node`);
  if (existsSync(path)) return path;
  return folder === dirname(folder) ? undefined : broughtNode(dirname(folder));
}

/** Starts `program` on that Node, and again whenever it ends by itself: it takes the lock when nobody else has it. */
export function startEngineProcess(node: string, program: string): EngineProcess {
  let child: ChildProcess;
  let isClosing = false;
  let timer: NodeJS.Timeout | undefined;
  let fail: (reason: Error) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const start = () => {
    child = launch(node, [program], { cwd: dirname(program), stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-MAX_SAID_LENGTH);
    });
    // It may end before its input does.
    child.stdin?.on("error", () => undefined);
    child.once("error", (error) => fail(error));
    child.once("close", () => {
      fail(reasonIn(said));
      if (!isClosing) timer = setTimeout(start, RESTART_AFTER_MS);
    });
  };
  start();
  return {
    failed,
    close: async () => {
      isClosing = true;
      clearTimeout(timer);
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      const ended = once(child, "exit");
      child.stdin?.destroy();
      const kill = setTimeout(() => child.kill("SIGKILL"), END_LIMIT_MS);
      await ended;
      clearTimeout(kill);
    },
  };
}

/** Its last line is a report where it knew what was wrong. */
function reasonIn(said: string): Problem {
  const report = ProblemReportSchema.safeParse(parseJson(said.trim().split("\n").at(-1) ?? ""));
  if (!report.success) return new Problem("engine.gone", "Unideck's engine exited", { details: said });
  const { code, message, hint, details } = report.data;
  return new Problem(code, message, { hint, details });
}
