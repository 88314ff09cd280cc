/**
 * What a guest has used so far, as its kernel tells it (docs/formats.md, "What Pith tells its host"): asked with a line on the
 * stats port, answered with one line of JSON. The guest is not trusted: the answer is bounded, in size and in time.
 */

import { connect } from "node:net";
import { z } from "zod";
import { InterfaceTraffic } from "../../../shared/contract/networks.ts";
import { parseJson } from "./guest-events.ts";

const ANSWER_LIMIT_MS = 900;
const MAX_ANSWER_BYTES = 16 << 10;

export const GuestStats = z.object({
  memory: z.object({ totalBytes: z.number().int().min(0), freeBytes: z.number().int().min(0) }),
  interfaces: z.array(InterfaceTraffic.extend({ name: z.string().regex(/^[a-z][a-z0-9.]{0,14}$/) })).max(16),
});
export type GuestStats = z.infer<typeof GuestStats>;

/** Undefined where nobody answers in time, or what answers is no kernel that tells. */
export function askGuest(socketPath: string): Promise<GuestStats | undefined> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let text = "";
    const settle = (stats?: GuestStats) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(stats);
    };
    const timer = setTimeout(settle, ANSWER_LIMIT_MS);
    socket.on("error", () => settle());
    socket.on("close", () => settle());
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      const end = text.indexOf("\n");
      if (end >= 0) settle(GuestStats.safeParse(parseJson(text.slice(0, end))).data);
      else if (text.length > MAX_ANSWER_BYTES) settle();
    });
    socket.write("\n");
  });
}
