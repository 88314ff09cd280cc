/**
 * The link that every client of a host uses. It leads to the engine, whichever process that is at the moment, and goes
 * on with the next engine when one has gone:
 *
 * - a call that only reads is made again;
 * - a stream goes on where it stopped;
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

/** A stream's input for going on after `last`, the item that came last. */
type Resume = (input: unknown, last: unknown) => unknown;

const streams: Record<string, Resume> = {
  "events.subscribe": (input) => input,
  "tasks.follow": (input) => input,
  "instances.console": (input, last) => {
    if (last === undefined) return input;
    const { offset, bytes } = ConsoleChunk.parse(last);
    return { ...z.looseObject({}).parse(input), from: offset + Buffer.from(bytes, "base64").length };
  },
};

export class EngineLink implements ClientLink<ClientContext> {
  readonly #attach: Attach;

  constructor(attach: Attach) {
    this.#attach = attach;
  }

  async call(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    const resume = streams[path.join(".")];
    if (resume) return this.#stream(path, input, options, resume);

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
  async #stream(path: readonly string[], input: unknown, options: ClientOptions<ClientContext>, resume: Resume) {
    const first = await this.#open(path, input, options);
    return this.#resumed(first, path, input, options, resume);
  }

  async *#resumed(
    first: OpenStream,
    path: readonly string[],
    input: unknown,
    options: ClientOptions<ClientContext>,
    resume: Resume,
  ): AsyncGenerator<unknown> {
    let last: unknown;
    for (let stream = first; ; stream = await this.#open(path, resume(input, last), options)) {
      try {
        for await (const item of stream.items) {
          yield item;
          last = item;
        }
        return;
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
