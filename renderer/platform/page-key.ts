/**
 * The key with which this page comes in to the web host. It is kept in the storage of this tab, which belongs to the page's
 * origin alone; a cookie would be sent to every port of this computer, so to guests as well.
 *
 * A tab gets its key from the link (a code in the fragment, good once), from the tab that opened it (its storage is
 * copied), or from other tabs of this origin, which are asked over a BroadcastChannel.
 */

import { z } from "zod";
import { Problem } from "../../shared/problem.ts";
import { abortable } from "./abortable.ts";

const STORED = "unideck.key";
const CHANNEL = "unideck.key";
/** Other tabs answer in a few milliseconds, unless the browser has put them to sleep. */
const OTHERS_MS = 1000;
/** With a code at hand they are asked first as well, so that a link that is opened twice is not used twice. */
const OTHERS_WITH_CODE_MS = 150;

const Message = z.discriminatedUnion("type", [
  z.object({ type: z.literal("ask"), from: z.string() }),
  z.object({ type: z.literal("answer"), to: z.string(), key: z.string().regex(/^[\w-]{43}$/) }),
  z.object({ type: z.literal("changed") }),
]);
type Message = z.infer<typeof Message>;

/** As much of a window as is needed. */
interface Page {
  readonly location: Pick<Location, "hash" | "pathname" | "search">;
  readonly history: Pick<History, "state" | "replaceState">;
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
  addEventListener(type: "hashchange", listener: () => void): void;
}

export class PageKey {
  readonly #page: Page;
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #self = crypto.randomUUID();
  /** Keys that were refused: another tab that still has one of them is no help. */
  readonly #refused = new Set<string>();
  #code: string | undefined;
  #answered = Promise.withResolvers<string>();
  #changed = Promise.withResolvers<void>();

  constructor(page: Page) {
    this.#page = page;
    this.#channel.addEventListener("message", ({ data }) => this.#receive(data));
    this.#takeCode();
    page.addEventListener("hashchange", () => this.#takeCode());
  }

  /** The key: the stored one, another tab's, or one for the code of the link. Throws web.unauthorized. */
  async find(signal: AbortSignal): Promise<string> {
    const stored = this.#page.sessionStorage.getItem(STORED);
    if (stored !== null) return stored;
    const others = await this.#askOthers(this.#code === undefined ? OTHERS_MS : OTHERS_WITH_CODE_MS, signal);
    if (others !== undefined) return this.#keep(others);
    if (this.#code === undefined) throw unauthorized();
    const key = await redeem(this.#code, signal);
    this.#code = undefined;
    if (key === undefined) throw unauthorized("This link has expired or was used before");
    this.#keep(key);
    this.#tell({ type: "changed" });
    return key;
  }

  /** Forgets a key that was refused. */
  drop(key: string): void {
    this.#refused.add(key);
    if (this.#page.sessionStorage.getItem(STORED) === key) this.#page.sessionStorage.removeItem(STORED);
  }

  /** Resolves when a link has been pasted into this tab, or another tab has got a new key. */
  async changed(signal: AbortSignal): Promise<void> {
    if (this.#code !== undefined) return;
    await abortable(this.#changed.promise, signal);
  }

  /** Answers no other tab any more. */
  close(): void {
    this.#channel.close();
  }

  #keep(key: string): string {
    this.#page.sessionStorage.setItem(STORED, key);
    return key;
  }

  /** Takes the code out of the address and the history, at once. */
  #takeCode(): void {
    const { location, history } = this.#page;
    const code = new URLSearchParams(location.hash.slice(1)).get("code");
    if (!code) return;
    history.replaceState(history.state, "", location.pathname + location.search);
    this.#code = code;
    this.#wake();
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async #askOthers(limitMs: number, signal: AbortSignal): Promise<string | undefined> {
    this.#answered = Promise.withResolvers();
    const answered = this.#answered.promise;
    this.#tell({ type: "ask", from: this.#self });
    try {
      return await abortable(answered, AbortSignal.any([signal, AbortSignal.timeout(limitMs)]));
    } catch {
      signal.throwIfAborted();
      return undefined;
    }
  }

  #tell(message: Message): void {
    this.#channel.postMessage(message);
  }

  /** The channel carries messages of this origin alone. */
  #receive(data: unknown): void {
    const message = Message.safeParse(data).data;
    switch (message?.type) {
      case "ask": {
        const key = this.#page.sessionStorage.getItem(STORED);
        if (key !== null) this.#tell({ type: "answer", to: message.from, key });
        return;
      }
      case "answer":
        if (message.to === this.#self && !this.#refused.has(message.key)) this.#answered.resolve(message.key);
        return;
      case "changed":
        this.#wake();
        return;
      case undefined:
        return;
      default:
        message satisfies never;
    }
  }
}

/** The key for a code; undefined for one that is not good. */
async function redeem(code: string, signal: AbortSignal): Promise<string | undefined> {
  const response = await fetch("/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
    signal,
  });
  if (response.status >= 500) throw new Error(`The engine answered ${response.status}.`);
  if (!response.ok) return undefined;
  return z.object({ key: z.string() }).parse(await response.json()).key;
}

export const unauthorized = (message = "This page is not signed in to the engine") =>
  new Problem("web.unauthorized", message, {
    hint: "Get a new link with “unideck serve --link”, and open it here or in a new tab.",
  });
