/**
 * What an engine and the keeper say to each other: one JSON line a request, and one an answer, with the request's number.
 * Read without zod, which would take 12 MB of a process that runs beside every home's machines.
 */

import { join } from "node:path";
import { socketFolderFor } from "../hypervisors/instance-files.ts";
import { createHash } from "../lib/crypto.ts";

export const KEEPER_LOCK = "keeper.lock";
/** No line is longer. */
export const MAX_LINE_CHARACTERS = 16 << 10;

/** How large what a guest writes may become, in bytes, for one instance. */
export interface Limits {
  /** Both logs of its console together. */
  console: number;
  trace: number;
  /** One captured file. */
  capture: number;
}

export type Request = { number: number } & (
  | { ask: "limits"; limits: Limits }
  /**
   * Keeps the machine of `folder`; where its run is kept already, sees which pipes of captures there are. `plain`: it
   * writes to files, because an older version has started it.
   */
  | { ask: "keep"; folder: string; run: number; plain: boolean }
  /** Answered when all that the machine has written is in the logs; it has ended. */
  | { ask: "settle"; folder: string }
);

type Fields = Record<string, unknown>;

/** Undefined for what is no request. */
export function parseRequest(value: unknown): Request | undefined {
  const { number, ask, limits, folder, run, plain }: Fields = isFields(value) ? value : {};
  if (!isCount(number)) return undefined;
  if (ask === "limits") {
    const parsed = parseLimits(limits);
    return parsed && { number, ask, limits: parsed };
  }
  if (typeof folder !== "string" || !folder.startsWith("/")) return undefined;
  if (ask === "keep" && isCount(run) && typeof plain === "boolean") return { number, ask, folder, run, plain };
  return ask === "settle" ? { number, ask, folder } : undefined;
}

/** Undefined for what has not all of the limits. */
export function parseLimits(value: unknown): Limits | undefined {
  const { console, trace, capture }: Fields = isFields(value) ? value : {};
  return isCount(console) && isCount(trace) && isCount(capture) ? { console, trace, capture } : undefined;
}

/** The number of the request that this answers. */
export function parseAnswer(value: unknown): number | undefined {
  return isFields(value) && isCount(value.number) ? value.number : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Where the keeper of a home answers. `home` has no links in it. */
export function keeperSocket(home: string): { folder: string; path: string } {
  const folder = socketFolderFor(home, `keeper-${createHash("sha256").update(home).digest("hex").slice(0, 10)}`);
  return { folder, path: join(folder, "keeper.sock") };
}
