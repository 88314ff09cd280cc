/**
 * The link that every client of a host uses. It calls the engine, whichever process that is at the moment, and continues
 * with the next engine when one ends:
 *
 * - a call that only reads is made again;
 * - a stream is continued as the contract says (`shared/contract/streams.ts`);
 * - any other call fails with engine.gone, because it may have been carried out.
 */

import type { ClientContext, ClientLink, ClientOptions } from "@orpc/client";
import { isContractProcedure } from "@orpc/contract";
import { type StreamRule, streams } from "../../shared/contract/streams.ts";
import { Problem } from "../../shared/problem.ts";
import { isObject, isStream } from "./encode-bytes.ts";
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

/** How far a stream has come. */
interface Progress {
  /** The input with which the stream is opened, and opened again to continue. */
  input(): unknown;
  take(item: unknown): void;
  /** Whether the stream is to be continued after it ended without an error: the end of a window. */
  goesOn(): boolean;
  /** Whether it can be continued with another engine. */
  isResumable: boolean;
}

function progressOf(rule: StreamRule, input: unknown): Progress {
  if (rule.resume === "offset" && isObject(input)) {
    // Of the HTTP API, numbers come as words.
    const from = Number(input.from ?? 0);
    const limit = Number(input.maxBytes ?? Number.POSITIVE_INFINITY);
    // Others the engine refuses, in the contract's words.
    if (!Number.isNaN(from) && !Number.isNaN(limit)) return progressByOffset(rule, input, from, limit);
  }
  return { input: () => input, take: () => {}, goesOn: () => false, isResumable: rule.resume !== "fail" };
}

function progressByOffset(
  { windowBytes = Number.POSITIVE_INFINITY }: StreamRule,
  input: object,
  from: number,
  limit: number,
): Progress {
  let left = limit;
  let window = 0;
  let next = from;
  return {
    input: () => {
      window = Math.min(left, windowBytes);
      return { ...input, from: next, ...(window < Number.POSITIVE_INFINITY && { maxBytes: window }) };
    },
    take: (item) => {
      const end = endOf(item);
      const start = isObject(item) && typeof item.offset === "number" ? item.offset : next;
      left -= end - start;
      window -= end - start;
      next = end;
    },
    goesOn: () => window <= 0 && left > 0,
    isResumable: true,
  };
}

/** Where an item ends: it says so, or it has an offset and bytes. */
function endOf(item: unknown): number {
  if (isObject(item) && typeof item.end === "number") return item.end;
  if (isObject(item) && typeof item.offset === "number") {
    if (typeof item.bytes === "string") return item.offset + Buffer.byteLength(item.bytes, "base64");
    if (item.bytes instanceof Uint8Array) return item.offset + item.bytes.length;
  }
  throw new TypeError("an item of a stream has no offset");
}

export class EngineLink implements ClientLink<ClientContext> {
  readonly #attach: Attach;

  constructor(attach: Attach) {
    this.#attach = attach;
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const rule = streams[path.join(".")];
    if (rule) return this.#stream(path, progressOf(rule, input), options);

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
        if (!progress.isResumable) throw engineGone();
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

/** An engine that does not answer is not replaced: calls to it fail, so that nothing waits forever. */
function throwIfSilent(attachment: Attachment): void {
  const silence = attachment.silence?.();
  if (silence) throw wireError(silence);
}

interface OpenStream {
  attachment: Attachment;
  items: AsyncIterable<unknown>;
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
    new Problem("engine.gone", "The engine exited before it answered", {
      hint: "Check whether it was carried out, then try again.",
    }),
  );
}
