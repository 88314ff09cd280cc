/**
 * Keeps the date of a guest right (docs/formats.md, "What Pith tells its host"): while it is paused, or this computer sleeps,
 * its clock stops. The guest is asked for its date, and a difference is sent as a number to add, so that an answer
 * or a correction that arrives late does no harm. The guest is not trusted: what it answers is bounded, in size and in time.
 */

import { connect } from "node:net";
import { z } from "zod";
import { parseJson } from "../lib/parse-json.ts";

const ANSWER_LIMIT_MS = 900;
const MAX_ANSWER_CHARACTERS = 200;
/** Smaller differences are left alone: a clock that is set often is worse than one that is slightly off. */
const TOLERATED_US = 20_000;
/** An answer that took longer says too little about when it was given. */
const GOOD_ROUND_TRIP_MS = 30;
const TRIES = 8;
/** How often the host's own clock is compared with its monotonic one, and a guest with its host. */
const LOOK_EVERY_MS = 500;
const SYNC_EVERY_MS = 30_000;
const HOST_JUMP_MS = 10;
/** A guest that begins may take a while to answer; one whose kernel has no such port never does. */
const MAX_MISSES = 10;

const Answer = z.object({ dateUs: z.number().int().min(0), refused: z.boolean() });

/** What the host's two clocks show, in milliseconds: the date, and what only counts on. */
export interface HostClocks {
  date(): number;
  monotonic(): number;
}

const hostClocks: HostClocks = {
  // In whole milliseconds: on the average half a one too early.
  date: () => Date.now() + 0.5,
  monotonic: () => performance.now(),
};

export class GuestClock {
  readonly #socketPath: string;
  readonly #say: (sentence: string) => void;
  readonly #clocks: HostClocks;
  #timer: NodeJS.Timeout | undefined;
  #difference: number;
  #syncedAt: number;
  #misses = 0;
  #isSyncing = false;
  #isWanted = false;
  #isStopped = false;

  constructor(socketPath: string, say: (sentence: string) => void = () => {}, clocks: HostClocks = hostClocks) {
    this.#socketPath = socketPath;
    this.#say = say;
    this.#clocks = clocks;
    this.#difference = clocks.date() - clocks.monotonic();
    this.#syncedAt = clocks.monotonic();
  }

  /** Watches the host's clocks until `stop`. */
  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
  }

  /** Compares the guest's date with ours, and corrects it. One comparison at a time; one that is asked for meanwhile follows. */
  sync(): void {
    this.#isWanted = true;
    if (this.#isSyncing || this.#isStopped) return;
    this.#isSyncing = true;
    void this.#syncWhileWanted().finally(() => {
      this.#isSyncing = false;
    });
  }

  #look(): void {
    const difference = this.#clocks.date() - this.#clocks.monotonic();
    const hasJumped = Math.abs(difference - this.#difference) > HOST_JUMP_MS;
    const isAwaited = this.#misses > 0 && this.#misses < MAX_MISSES;
    this.#difference = difference;
    if (hasJumped || isAwaited || this.#clocks.monotonic() - this.#syncedAt > SYNC_EVERY_MS) this.sync();
  }

  async #syncWhileWanted(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      this.#syncedAt = this.#clocks.monotonic();
      const correctedUs = await correct(this.#socketPath, this.#clocks);
      this.#misses = correctedUs === undefined ? this.#misses + 1 : 0;
      if (correctedUs !== undefined && correctedUs !== 0)
        this.#say(`The guest's clock was set ${correctedUs > 0 ? "forward" : "back"} by ${inSeconds(correctedUs)} s`);
    }
  }
}

function inSeconds(microseconds: number): string {
  return (Math.abs(microseconds) / 1e6).toFixed(3);
}

/**
 * Asks a guest for its date and corrects it. The microseconds that were added: 0 where it was right enough, or keeps a date
 * of its own; undefined where it does not answer in time.
 */
export async function correct(socketPath: string, clocks: HostClocks = hostClocks): Promise<number | undefined> {
  await using guest = await Conversation.open(socketPath);
  if (!guest) return undefined;
  let addedUs = 0;
  let measured = await measure(guest, clocks);
  // The correction is measured in turn: the host's own clock may have been set meanwhile.
  for (let round = 0; round < 2 && measured && Math.abs(measured.behindUs) > TOLERATED_US; round++) {
    const answer = await guest.ask(`${measured.behindUs}`);
    if (!answer || answer.refused) return answer && addedUs;
    addedUs += measured.behindUs;
    measured = await measure(guest, clocks);
  }
  return measured && addedUs;
}

/** How far a guest's date is behind ours: the answer that came back soonest says it best. */
async function measure(guest: Conversation, clocks: HostClocks): Promise<{ behindUs: number } | undefined> {
  let best: { behindUs: number; tookMs: number } | undefined;
  for (let tries = 0; tries < TRIES && (best?.tookMs ?? Number.POSITIVE_INFINITY) > GOOD_ROUND_TRIP_MS; tries++) {
    const askedAt = clocks.monotonic();
    const answer = await guest.ask("0");
    const now = clocks.monotonic();
    if (!answer) break;
    const behindUs = Math.round((clocks.date() - (now - askedAt) / 2) * 1000 - answer.dateUs);
    if (!best || now - askedAt < best.tookMs) best = { behindUs, tookMs: now - askedAt };
  }
  return best;
}

/** A connection to the port: a line there, a line back. */
class Conversation {
  readonly #socket;
  #text = "";
  #settle: ((line: string | undefined) => void) | undefined;
  #isOver = false;

  private constructor(socketPath: string) {
    this.#socket = connect(socketPath).setEncoding("utf8");
    for (const event of ["error", "close"]) this.#socket.on(event, () => this.#end());
    this.#socket.on("data", (piece: string) => this.#take(piece));
  }

  static async open(socketPath: string): Promise<Conversation | undefined> {
    const conversation = new Conversation(socketPath);
    const isOpen = await new Promise<boolean>((resolve) => {
      conversation.#socket.once("connect", () => resolve(true));
      conversation.#socket.once("close", () => resolve(false));
    });
    return isOpen ? conversation : undefined;
  }

  async ask(line: string): Promise<z.infer<typeof Answer> | undefined> {
    if (this.#isOver) return undefined;
    const answer = await new Promise<string | undefined>((resolve) => {
      const timer = setTimeout(() => this.#end(), ANSWER_LIMIT_MS);
      this.#settle = (text) => {
        clearTimeout(timer);
        this.#settle = undefined;
        resolve(text);
      };
      this.#socket.write(`${line}\n`);
    });
    return answer === undefined ? undefined : Answer.safeParse(parseJson(answer)).data;
  }

  #take(piece: string): void {
    this.#text += piece;
    const end = this.#text.indexOf("\n");
    if (end < 0 && this.#text.length <= MAX_ANSWER_CHARACTERS) return;
    const line = end < 0 ? undefined : this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 1);
    if (line === undefined || line.length > MAX_ANSWER_CHARACTERS) this.#end();
    else this.#settle?.(line);
  }

  #end(): void {
    this.#isOver = true;
    this.#socket.destroy();
    this.#settle?.(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }
}
