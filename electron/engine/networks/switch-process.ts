/** The engine's side of a switch: it is started, asked, and ended. */

import { closeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Traffic } from "../../../shared/contract/networks.ts";
import { Problem } from "../../../shared/problem.ts";
import { askLine } from "../lib/ask-line.ts";
import { lockHolder } from "../lib/folder-lock.ts";
import { launch } from "../lib/launch.ts";
import { openRegularSync } from "../lib/open-regular.ts";
import { parseJson } from "../lib/parse-json.ts";
import { privately } from "../lib/private-files.ts";
import { type NetworkFiles, SWITCH_LOCK } from "./record.ts";

const ANSWER_LIMIT_MS = 2000;
/** Node starts in a tenth of a second; a busy machine takes longer. */
const START_LIMIT_MS = 15_000;
const MAX_ANSWER_CHARACTERS = 1 << 20;

const Report = z.object({
  pid: z.number().int().positive(),
  members: z.array(Traffic.extend({ instance: z.string() })),
  wayOut: Traffic.optional(),
});
export type SwitchReport = z.infer<typeof Report>;

/** Starts the switch where none runs; settles when it answers. Throws network.failed. */
export async function ensureSwitch(program: string, files: NetworkFiles, socketFolder: string): Promise<void> {
  if (await askSwitch(files)) return;
  await endSilent(files);
  const log = openRegularSync(files.log, "a");
  let reason = "";
  try {
    // Electron is a Node where it is told to be.
    const env = { ...process.env, ...(process.versions.electron && { ELECTRON_RUN_AS_NODE: "1" }) };
    const words = [program, files.folder, socketFolder];
    const child = privately(() =>
      launch(process.execPath, words, { cwd: files.folder, detached: true, stdio: ["ignore", log, log], env }),
    );
    child.once("error", (error) => {
      reason = String(error);
    });
    child.unref();
  } finally {
    closeSync(log);
  }
  for (const end = performance.now() + START_LIMIT_MS; performance.now() < end && reason === ""; await sleep(20))
    if (await askSwitch(files)) return;
  throw new Problem("network.failed", "The network's switch could not be started", {
    hint: `${files.log} has its output.`,
    details: reason,
  });
}

/** What it reports; undefined where there is none that answers. */
export async function askSwitch(
  files: NetworkFiles,
  question: "status" | "end" = "status",
): Promise<SwitchReport | undefined> {
  const limits = { limitMs: ANSWER_LIMIT_MS, mostCharacters: MAX_ANSWER_CHARACTERS };
  const answer = await askLine(files.control, question, limits);
  return answer === undefined ? undefined : Report.safeParse(parseJson(answer)).data;
}

/** Settles when it has ended. */
export async function endSwitch(files: NetworkFiles): Promise<void> {
  for (let i = 0; i < 100 && (await askSwitch(files, "end")); i++) await sleep(20);
  await endSilent(files);
}

/**
 * Kills a switch that is there, holds its network's lock and does not answer: it was stopped, or is stuck, and no other one
 * could take its place. One that only starts refuses connections, which takes no time; a timer may
 * fire a moment early, so half of the limit tells the two apart.
 */
async function endSilent(files: NetworkFiles): Promise<void> {
  const pid = await lockHolder(files.folder, SWITCH_LOCK);
  const start = performance.now();
  if (pid === undefined || (await askSwitch(files)) || performance.now() - start < ANSWER_LIMIT_MS / 2) return;
  if ((await lockHolder(files.folder, SWITCH_LOCK)) !== pid) return;
  process.kill(pid, "SIGKILL");
  for (const end = performance.now() + ANSWER_LIMIT_MS; performance.now() < end; await sleep(20))
    if ((await lockHolder(files.folder, SWITCH_LOCK)) !== pid) return;
}
