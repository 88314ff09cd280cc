/**
 * Who may come in: programs with the token, pages with a key of their own. A page gets its key for a code, which lives
 * ten minutes and is good once. Nothing here is kept by the browser as a cookie: those go to every port of a host, so
 * that the server behind any forwarded port would get them.
 */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Problem } from "../../../shared/problem.ts";

/** Keys beyond this number end, oldest first. */
const MAX_SESSIONS = 64;
/** Codes beyond this number, used or not, are forgotten, oldest first. */
const MAX_CODES = 64;
export const CODE_LIFE_MS = 10 * 60_000;
/** So many wrong keys within the window are answered as wrong; further ones as too many. */
const MAX_WRONG = 20;
const WINDOW_MS = 60_000;

const digest = (text: string) => createHash("sha256").update(text).digest();
const nameOf = (secret: string) => digest(secret).toString("hex");
/** 256 bits, so guessing is hopeless. */
const newSecret = () => randomBytes(32).toString("base64url");

export interface CodeOptions {
  /** Only a process of this very user may use it: it is handed to a browser on this computer. */
  ownUserOnly?: boolean;
  /** Called once, when the code has been used or has expired. */
  onSpent?: () => void;
}

interface Code extends CodeOptions {
  expiresAt: number;
  /** The key that was given for it, by its name. */
  session?: string;
}

export interface AccessOptions {
  token?: string | undefined;
  now?: () => number;
  /** Told the name of a key that is no longer good. */
  onEnded?: (session: string) => void;
  /** Told what the owner should know. */
  onWarning?: (sentence: string) => void;
}

/** What a good key says about who has it: the name of a page's key, or "token". The name is not a secret. */
export type Identity = string;

export class Access {
  /** Shows that a program belongs to this user. Never logged or printed. */
  readonly token: string;
  readonly #tokenDigest: Buffer;
  /** By the digests of what is secret: what is in memory can't be used. In the order of their making. */
  readonly #sessions = new Set<string>();
  readonly #codes = new Map<string, Code>();
  readonly #now: () => number;
  readonly #onEnded: (session: string) => void;
  readonly #onWarning: (sentence: string) => void;
  #wrong: number[] = [];

  constructor({ token = newSecret(), now = () => performance.now(), onEnded, onWarning }: AccessOptions = {}) {
    this.token = token;
    this.#tokenDigest = digest(token);
    this.#now = now;
    this.#onEnded = onEnded ?? (() => undefined);
    this.#onWarning = onWarning ?? (() => undefined);
  }

  /** A code that a page exchanges for a key, once, within ten minutes. */
  createCode(options: CodeOptions = {}): string {
    this.#forgetOldCodes(MAX_CODES - 1);
    const code = newSecret();
    this.#codes.set(nameOf(code), { ...options, expiresAt: this.#now() + CODE_LIFE_MS });
    return code;
  }

  /**
   * A new key for a code. A code that is used again ends the key that was given for it: one of the two is not its owner.
   * `isOwnUser`: whether a process of this user asks. Throws web.unauthorized, web.refused, web.too-many-tries.
   */
  redeem(code: string, isOwnUser: boolean): string {
    this.#forgetOldCodes(MAX_CODES);
    const known = this.#codes.get(nameOf(code));
    if (!known) {
      this.#noteWrong();
      throw unauthorized("This link has expired or is not valid");
    }
    if (known.ownUserOnly && !isOwnUser) {
      this.#onWarning("Another account of this computer tried to use the link that was made for your browser.");
      throw new Problem("web.refused", "This link is for the browser that Unideck opened", {
        hint: "Get one for any browser with “unideck serve --link”.",
      });
    }
    if (known.session !== undefined) {
      this.#onWarning("A link was used twice. The page that was opened with it first has been signed out.");
      this.endSession(known.session);
      throw unauthorized("This link was used before. The page that was opened with it has been signed out");
    }
    const key = newSecret();
    known.session = nameOf(key);
    this.#sessions.add(known.session);
    for (const oldest of this.#sessions) {
      if (this.#sessions.size <= MAX_SESSIONS) break;
      this.endSession(oldest);
    }
    known.onSpent?.();
    delete known.onSpent;
    return key;
  }

  /** Who has this token or key. Throws web.unauthorized, web.too-many-tries. The right one is never refused. */
  identify(key: string): Identity {
    const given = digest(key);
    if (timingSafeEqual(given, this.#tokenDigest)) return "token";
    const name = given.toString("hex");
    if (this.#sessions.has(name)) return name;
    this.#noteWrong();
    throw unauthorized("This key is not valid or has expired");
  }

  /** Ends a page's key; with "token", the keys of all pages. */
  endSession(identity: Identity): void {
    const ending = identity === "token" ? [...this.#sessions] : [identity];
    for (const session of ending) if (this.#sessions.delete(session)) this.#onEnded(session);
  }

  /** Keeps at most `limit` codes that are still good. */
  #forgetOldCodes(limit: number): void {
    const now = this.#now();
    for (const [name, code] of this.#codes) {
      if (now < code.expiresAt && this.#codes.size <= limit) continue;
      this.#codes.delete(name);
      code.onSpent?.();
    }
  }

  #noteWrong(): void {
    const now = this.#now();
    this.#wrong = this.#wrong.filter((at) => now - at < WINDOW_MS);
    if (this.#wrong.length >= MAX_WRONG)
      throw new Problem("web.too-many-tries", "Too many failed attempts", { hint: "Wait a minute." });
    this.#wrong.push(now);
  }
}

export function unauthorized(message: string): Problem {
  return new Problem("web.unauthorized", message, {
    hint: "Get a new link with “unideck serve --link”. Programs send “Authorization: Bearer TOKEN” (docs/api.md).",
  });
}
