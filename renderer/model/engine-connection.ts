/**
 * The renderer's one connection: a client that stays the same while the ways to the engine come and go, and the loop
 * that feeds every event to the mirror. Calls made while the connection is lost wait for the next one, up to a limit.
 */

import { type ClientContext, type ClientLink, createORPCClient } from "@orpc/client";
import type { UnideckClient } from "../../shared/contract/index.ts";
import { Problem } from "../../shared/problem.ts";
import { abortable } from "../platform/abortable.ts";
import type { Carrier, Host } from "../platform/host.ts";
import { problemOf } from "../platform/problem-of.ts";
import type { Slice } from "./collection.ts";
import { useConnection } from "./connection.ts";
import { applyEvent } from "./mirror.ts";

/** Pauses between attempts, in milliseconds; the last is repeated. */
const BACKOFF_MS = [0, 100, 200, 400, 800, 1500];
/** How long a call waits for a way to the engine. */
const CALL_WAIT_MS = 10_000;

export interface Connection {
  client: UnideckClient;
  stop(): void;
}

/** `slices` are what the events feed. */
export function startConnection(host: Host, slices: readonly Slice[]): Connection {
  const stopping = new AbortController();
  const ways = new Ways();
  const client: UnideckClient = createORPCClient(ways);
  void keepConnected(host, ways, (onSnapshot) => follow(client, slices, stopping.signal, onSnapshot), stopping.signal);
  return { client, stop: () => stopping.abort() };
}

/** The present way to the engine, and those who wait for one. */
class Ways implements ClientLink<ClientContext> {
  #way = Promise.withResolvers<Carrier>();
  #present: Carrier | undefined;

  open(carrier: Carrier) {
    this.#present = carrier;
    carrier.closed.then(() => this.#lose(carrier));
    this.#way.resolve(carrier);
  }

  #lose(carrier: Carrier) {
    if (this.#present !== carrier) return;
    this.#present = undefined;
    this.#way = Promise.withResolvers();
  }

  /** Calls under way when the way breaks fail with `engine.gone`; they are not repeated, for they may have happened. */
  async call(...[path, input, options]: Parameters<ClientLink<ClientContext>["call"]>): Promise<unknown> {
    const carrier = this.#present ?? (await this.#wait(options.signal));
    try {
      return await carrier.link.call(path, input, options);
    } catch (error) {
      throw this.#present === carrier || options.signal?.aborted ? error : gone();
    }
  }

  async #wait(asked: AbortSignal | undefined): Promise<Carrier> {
    const limit = AbortSignal.timeout(CALL_WAIT_MS);
    try {
      return await abortable(this.#way.promise, asked ? AbortSignal.any([asked, limit]) : limit);
    } catch (error) {
      throw asked?.aborted ? error : gone();
    }
  }
}

const gone = () =>
  new Problem("engine.gone", "The connection to the engine was lost", {
    hint: "Reconnecting. The last request may have completed; check before you retry.",
  });

async function keepConnected(
  host: Host,
  ways: Ways,
  followEvents: (onSnapshot: () => void) => Promise<void>,
  stop: AbortSignal,
): Promise<void> {
  const { setState } = useConnection;
  let failures = 0;
  while (!stop.aborted) {
    try {
      const carrier = await host.connect(stop);
      ways.open(carrier);
      await Promise.race([
        followEvents(() => {
          failures = 0;
          setState({ state: "connected", problem: undefined });
        }),
        carrier.closed.then((problem) => {
          if (problem) throw problem;
        }),
      ]).finally(() => carrier.close());
    } catch (error) {
      if (stop.aborted) return;
      if (error instanceof Problem && isFinal(error)) {
        setState({ state: "refused", problem: problemOf(error) });
        if (error.code !== "web.unauthorized" || !host.keyChanged) return;
        await host.keyChanged(stop).catch(() => undefined);
        if (stop.aborted) return;
        setState({ state: "connecting", problem: undefined });
        failures = 0;
        continue;
      }
    }
    if (useConnection.getState().state === "connected") setState({ state: "reconnecting" });
    await pause(BACKOFF_MS[Math.min(failures++, BACKOFF_MS.length - 1)] ?? 0, stop);
  }
}

const isFinal = (problem: Problem) => problem.code === "web.unauthorized" || problem.code === "engine.version";

async function follow(
  client: UnideckClient,
  slices: readonly Slice[],
  signal: AbortSignal,
  onSnapshot: () => void,
): Promise<void> {
  for await (const event of await client.events.subscribe(undefined, { signal })) {
    applyEvent(event, slices);
    if (event.type === "snapshot") onSnapshot();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
