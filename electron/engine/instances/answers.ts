/**
 * Which forwards something in the guest answers, for kernels that don't tell: under user-mode networking every connection is
 * accepted, so only an answer proves anything. Asked with a small HTTP request, ever more seldom, until there is one.
 */

import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Listener, PortForward } from "../../../shared/contract/instances.ts";

const LEAST_PAUSE_MS = 300;
const MOST_PAUSE_MS = 5000;
const GIVE_UP_AFTER_MS = 10 * 60_000;
const ANSWER_LIMIT_MS = 3000;

/** Tells each forward that answers, once; ends with `signal`. */
export function watchForAnswers(
  forwards: readonly PortForward[],
  tell: (listener: Listener) => void,
  signal: AbortSignal,
): void {
  for (const forward of forwards) {
    if (forward.protocol !== "tcp") continue;
    void askUntilAnswer(forward, signal).then((answered) => {
      if (answered && !signal.aborted) tell({ protocol: "tcp", port: forward.guest });
    });
  }
}

async function askUntilAnswer(forward: PortForward, signal: AbortSignal): Promise<boolean> {
  const begin = performance.now();
  for (let pauseMs = LEAST_PAUSE_MS; performance.now() - begin < GIVE_UP_AFTER_MS && !signal.aborted; pauseMs *= 1.5) {
    if (await answersHttp(forward, signal)) return true;
    await sleep(Math.min(pauseMs, MOST_PAUSE_MS), undefined, { ref: false, signal }).catch(() => undefined);
  }
  return false;
}

/** Whether the first bytes of an answer are HTTP's. */
export async function answersHttp({ host, hostAddress }: PortForward, signal: AbortSignal): Promise<boolean> {
  const address = hostAddress === "0.0.0.0" ? "127.0.0.1" : hostAddress;
  const closed = new AbortController();
  const limit = AbortSignal.any([signal, closed.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
  const socket = connect({ host: address, port: host, signal: limit });
  // What goes wrong here is no answer; `once` tells it where somebody waits.
  socket.on("error", () => undefined);
  socket.on("close", () => closed.abort());
  try {
    socket.write("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const [first] = await once(socket, "data", { signal: limit });
    return Buffer.isBuffer(first) && first.toString("latin1", 0, 5) === "HTTP/";
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
