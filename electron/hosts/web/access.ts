/** Who may come in: who has the token, or a session that was got for it. */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Problem } from "../../../shared/problem.ts";

/** Sessions beyond this number end, oldest first. */
const MAX_SESSIONS = 64;
/** So many wrong tokens within the window are answered as wrong; further ones as too many. */
const MAX_WRONG = 20;
const WINDOW_MS = 60_000;

const digest = (text: string) => createHash("sha256").update(text).digest();

export class Access {
  /** Says who knows it that this is their Unideck. 256 bits, so guessing is hopeless; it is never logged. */
  readonly token = randomBytes(32).toString("base64url");
  readonly #tokenDigest = digest(this.token);
  /** Digests of sessions: what is in memory can't be used as a cookie. */
  readonly #sessions: Buffer[] = [];
  readonly #now: () => number;
  #wrong: number[] = [];

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** A new session for the right token. Throws web.unauthorized, web.too-many-tries. */
  openSession(token: string): string {
    this.checkToken(token);
    const session = randomBytes(32).toString("base64url");
    this.#sessions.push(digest(session));
    if (this.#sessions.length > MAX_SESSIONS) this.#sessions.shift();
    return session;
  }

  /** Throws web.unauthorized, web.too-many-tries. Takes the same time for every wrong token. */
  checkToken(token: string): void {
    if (timingSafeEqual(digest(token), this.#tokenDigest)) return;
    this.#noteWrong();
    throw unauthorized("This token is not the right one");
  }

  isSession(session: string): boolean {
    const given = digest(session);
    return this.#sessions.some((known) => timingSafeEqual(known, given));
  }

  #noteWrong(): void {
    const now = this.#now();
    this.#wrong = this.#wrong.filter((at) => now - at < WINDOW_MS);
    if (this.#wrong.length >= MAX_WRONG)
      throw new Problem("web.too-many-tries", "Too many wrong tokens were tried", { hint: "Wait for a minute." });
    this.#wrong.push(now);
  }
}

export function unauthorized(message: string): Problem {
  return new Problem("web.unauthorized", message, {
    hint: "Open the address that `unideck serve` printed, or send its token as “Authorization: Bearer TOKEN”.",
  });
}
