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
  /** Why it was given up, where the engine is still there but does not answer. */
  silence?(): Problem | undefined;
  /** Waits until nothing is under way here that others asked for. */
  finishWork(): Promise<void>;
  close(): Promise<void>;
}

/** Finds the present attachment, waiting for it while there is none. Throws when there will be none. */
type Attach = (signal: AbortSignal | undefined) => Promise<Attachment>;

/** What a console's reader that is in another process than the engine holds at most. */
const CONSOLE_WINDOW_BYTES = 1 << 20;

/** How far a stream has come. */
interface Progress {
  /** The input with which the stream is opened, at first and to go on. */
  input(): unknown;
  take(item: unknown): void;
  /** Whether the stream goes on when it has ended without anything going wrong. */
  goesOn(): boolean;
}

const fromTheStart = (input: unknown): Progress => ({ input: () => input, take: () => {}, goesOn: () => false });

/*
 * What is read of a stream's input and items is read by hand: the contract's schemas take longer to be built than most commands
 * take, and the engine checks with them anyway.
 */

function throughConsole(input: unknown): Progress {
  const wanted = isObject(input) ? input : {};
  // Of the HTTP API, numbers come as words.
  let from = Number(wanted.from ?? 0);
  let left = Number(wanted.maxBytes ?? Number.POSITIVE_INFINITY);
  // The engine refuses it, in the contract's words.
  if (!isObject(input) || Number.isNaN(from) || Number.isNaN(left)) return fromTheStart(input);
  let window = 0;
  return {
    input: () => {
      window = Math.min(left, CONSOLE_WINDOW_BYTES);
      return { ...wanted, from, maxBytes: window };
    },
    take: (item) => {
      if (!isObject(item) || typeof item.offset !== "number" || typeof item.bytes !== "string")
        throw new TypeError("not a piece of a console");
      const { offset, bytes } = item;
      const length = Buffer.byteLength(bytes, "base64");
      from = offset + length;
      left -= length;
      window -= length;
    },
    goesOn: () => window <= 0 && left > 0,
  };
}

function throughTrace(input: unknown): Progress {
  let now = input;
  return {
    input: () => now,
    take: (item) => {
      if (!isObject(item) || typeof item.end !== "number") throw new TypeError("not a piece of a trace");
      now = { ...(isObject(input) && input), from: item.end };
    },
    goesOn: () => false,
  };
}

const streams: Record<string, (input: unknown) => Progress> = {
  "events.subscribe": fromTheStart,
  "tasks.follow": fromTheStart,
  "instances.console": throughConsole,
  "instances.trace": throughTrace,
  "instances.holdInput": fromTheStart,
};

export class EngineLink implements ClientLink<ClientContext> {
  readonly #attach: Attach;

  constructor(attach: Attach) {
    this.#attach = attach;
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const begin = streams[path.join(".")];
    if (begin) return this.#stream(path, begin(input), options);

    for (;;) {
      const attachment = await this.#attach(options.signal);
      try {
        return await attachment.link.call(path, input, options);
      } catch (error) {
        if (!attachment.isLost() || options.signal?.aborted) throw error;
        throwIfSilent(attachment);
        if (!(await onlyReads(path))) throw engineGone();
      }
    }
  }

  /** The first piece is asked for at once, so that a refusal is the call's own. */
  async #stream(path: readonly string[], progress: Progress, options: ClientOptions<ClientContext>) {
    const open = () => this.#open(path, progress.input(), options);
    return this.#resumed(await open(), open, progress, options);
  }

  async *#resumed(
    first: OpenStream,
    open: () => Promise<OpenStream>,
    progress: Progress,
    options: ClientOptions<ClientContext>,
  ): AsyncGenerator<unknown> {
    for (let stream = first; ; stream = await open()) {
      try {
        for await (const item of stream.items) {
          progress.take(item);
          yield item;
        }
        if (!progress.goesOn()) return;
      } catch (error) {
        if (!stream.attachment.isLost() || options.signal?.aborted) throw error;
        throwIfSilent(stream.attachment);
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
        throwIfSilent(attachment);
      }
    }
  }
}

/** Nobody takes the place of an engine that is still there: what was asked of it fails, so that nothing waits for ever. */
function throwIfSilent(attachment: Attachment): void {
  const silence = attachment.silence?.();
  if (silence) throw wireError(silence);
}

interface OpenStream {
  attachment: Attachment;
  items: AsyncIterable<unknown>;
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value;
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** Calls that only read are those with the method GET. */
async function onlyReads([domain = "", call = ""]: readonly string[]): Promise<boolean> {
  const { contract } = await import("../../shared/contract/index.ts");
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
