/** wrk, a client that asks as fast as it is answered. */

import { join } from "node:path";
import { z } from "zod";
import { root, type World } from "./world.ts";

export interface WrkOptions {
  connections: number;
  seconds: number;
  /** Every answer must have this body, and the status 200. */
  body?: string;
  /** Of the request. */
  headers?: readonly string[];
}

const Count = z.number().int().min(0);

const WrkOutcome = z.object({
  requests: Count,
  seconds: z.number().positive(),
  p50Us: Count,
  p99Us: Count,
  /** Answers that were not as expected. */
  wrong: Count,
  /** What wrk counts itself; `status` are those from 400 on. */
  errors: z.object({ connect: Count, read: Count, write: Count, status: Count, timeout: Count }),
});
export type WrkOutcome = z.infer<typeof WrkOutcome>;

export async function wrk(world: World, url: string, options: WrkOptions): Promise<WrkOutcome> {
  const { connections, seconds, body, headers = [] } = options;
  const { code, stdout, stderr } = await world.runFile(
    "wrk",
    [
      ...["-c", String(connections), "-t", String(Math.max(1, connections / 2)), "-d", `${seconds}s`],
      // On a busy machine an answer may take its time.
      ...["--timeout", "30s", "-s", join(root, "e2e", "support", "load.lua")],
      ...headers.flatMap((header) => ["-H", header]),
      url,
      ...(body === undefined ? [] : ["--", body]),
    ],
    { timeoutMs: seconds * 1000 + 60_000 },
  );
  const line = stdout.split("\n").find((one) => one.startsWith("{"));
  if (code !== 0 || !line) throw new Error(`wrk ended with ${code}: ${stdout}${stderr}`);
  return WrkOutcome.parse(JSON.parse(line));
}

/** Nothing went wrong. */
export const noErrors: Pick<WrkOutcome, "wrong" | "errors"> = {
  wrong: 0,
  errors: { connect: 0, read: 0, write: 0, status: 0, timeout: 0 },
};
