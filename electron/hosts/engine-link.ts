/**
 * The link that every client of a host uses. It leads to the engine, whichever process that is at the moment, and goes
 * on with the next engine when one has gone:
 *
 * - a call that only reads is made again;
 * - a stream goes on where it stopped;
 * - a console is asked for piece by piece, so that what waits for a slow reader is in the engine's file and not here;
 * - any other call fails with engine.gone, for it may have been done already.
 */

import type { ClientContext, ClientLink, ClientOptions } from "@orpc/client";
import { isContractProcedure } from "@orpc/contract";
import { z } from "zod";
import { contract } from "../../shared/contract/index.ts";
import { ConsoleChunk } from "../../shared/contract/instances.ts";
import { Problem } from "../../shared/problem.ts";
import { wireError } from "./problem-errors.ts";

/** A way to the engine that holds until the engine goes. */
export interface Attachment {
  /** Whether this process is the engine, or a client of it. */
  readonly role: "engine" | "client";
  readonly link: ClientLink<ClientContext>;
  /** Resolves when the engine has gone. */
  readonly lost: Promise<void>;
  isLost(): boolean;
  /** Waits until nothing is under way here that others asked for. */
  finishWork(): Promise<void>;
  close(): Promise<void>;
}

/** Finds the present attachment, waiting for it while there is none. Throws when there will be none. */
type Attach = (signal: AbortSignal | undefined) => Promise<Attachment>;

/** What a console's reader that is in another process than the engine holds at most. */
const CONSOLE_WINDOW_BYTES = 1 << 20;

interface Stream {
  /** The input for going on after `last`, the item that came last. */
  resume(input: unknown, last: unknown): unknown;
  /** Whether the stream goes on when it has ended after `last` without anything going wrong. */
  goesOn?(input: unknown, last: unknown): boolean;
}

/** Not yet checked: of the HTTP API, numbers come as words. */
const ConsoleInput = z.looseObject({ from: z.coerce.number().default(0), maxBytes: z.coerce.number().optional() });

const streams: Record<string, Stream> = {
  "events.subscribe": { resume: (input) => input },
  "tasks.follow": { resume: (input) => input },
  "instances.console": {
    resume: (input, last) => {
      const wanted = ConsoleInput.parse(input);
      const from = last === undefined ? wanted.from : endOf(last);
      const left = wanted.maxBytes === undefined ? Number.POSITIVE_INFINITY : wanted.maxBytes - (from - wanted.from);
      return { ...wanted, from, maxBytes: Math.min(left, windowEnd(from) - from) };
    },
    goesOn: (input, last) => {
      const { from, maxBytes = Number.POSITIVE_INFINITY } = ConsoleInput.parse(input);
      return last !== undefined && endOf(last) === windowEnd(endOf(last) - 1) && endOf(last) < from + maxBytes;
    },
  },
};

/** Windows end at multiples of their size, so that the end of a piece says whether it ended a window. */
const windowEnd = (offset: number) => (Math.floor(offset / CONSOLE_WINDOW_BYTES) + 1) * CONSOLE_WINDOW_BYTES;

function endOf(last: unknown): number {
  const { offset, bytes } = ConsoleChunk.parse(last);
  return offset + Buffer.byteLength(bytes, "base64");
}

export class EngineLink implements ClientLink<ClientContext> {
  readonly #attach: Attach;

  constructor(attach: Attach) {
    this.#attach = attach;
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const stream = streams[path.join(".")];
    if (stream) return this.#stream(path, input, options, stream);

    for (;;) {
      const attachment = await this.#attach(options.signal);
      try {
        return await attachment.link.call(path, input, options);
      } catch (error) {
        if (!attachment.isLost() || options.signal?.aborted) throw error;
        if (!onlyReads(path)) throw engineGone();
      }
    }
  }

  /** The first piece is asked for at once, so that a refusal is the call's own. */
  async #stream(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>, stream: Stream) {
    const open = (last: unknown) => this.#open(path, stream.resume(input, last), options);
    return this.#resumed(await open(undefined), open, options, (last) => stream.goesOn?.(input, last) ?? false);
  }

  async *#resumed(
    first: OpenStream,
    open: (last: unknown) => Promise<OpenStream>,
    options: ClientOptions<ClientContext>,
    goesOn: (last: unknown) => boolean,
  ): AsyncGenerator<unknown> {
    let last: unknown;
    for (let stream = first; ; stream = await open(last)) {
      const before = last;
      try {
        for await (const item of stream.items) {
          yield item;
          last = item;
        }
        if (last === before || !goesOn(last)) return;
      } catch (error) {
        if (!stream.attachment.isLost() || options.signal?.aborted) throw error;
      }
    }
  }

  async #open(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<OpenStream> {
    for (;;) {
      const attachment = await this.#attach(options.signal);
      try {
        const items = await attachment.link.call(path, input, options);
        if (!isStream(items)) throw new Error(`${path.join(".")} is not a stream`);
        return { attachment, items };
      } catch (error) {
        if (!attachment.isLost() || options.signal?.aborted) throw error;
      }
    }
  }
}

interface OpenStream {
  attachment: Attachment;
  items: AsyncIterable<unknown>;
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** Calls that only read are those with the method GET. */
function onlyReads([domain = "", call = ""]: readonly string[]): boolean {
  const procedures: Record<string, Record<string, unknown>> = contract;
  const procedure = procedures[domain]?.[call];
  return isContractProcedure(procedure) && procedure["~orpc"].route.method === "GET";
}

function engineGone() {
  return wireError(
    new Problem("engine.gone", "The engine ended before it could answer", {
      hint: "Look whether it was done, then try again.",
    }),
  );
}
