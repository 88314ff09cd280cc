/**
 * One HTTP answer with a file, or the rest of one, in it (RFC 9110, "Range Requests"). What is wrong is told from what may
 * be tried again.
 */

import { Problem } from "../../../shared/problem.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { honourProxyOnce } from "./proxy.ts";

export interface TransferRequest {
  url: string;
  headers?: Record<string, string> | undefined;
  /** Bytes that are here already, and are not wanted again if the file is still the one of `validator`. */
  haveBytes: number;
  /** What told this version of the file from others: a strong ETag or a date. */
  validator: string | undefined;
  signal: AbortSignal;
  /** A server that sends nothing for so long has gone. */
  stallMs: number;
}

export interface Transfer {
  /** Where the pieces begin: at `haveBytes`, or at 0 where the server sends the file from its beginning. */
  from: number;
  /** Size of the whole file, 0 where the server does not tell it. */
  totalBytes: number;
  /** Undefined where a rest of this file can't be asked for. */
  validator: string | undefined;
  /** Throws Interrupted. */
  pieces: AsyncIterable<Uint8Array>;
}

/** The server went away, or is not well: trying again may help. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  readonly problem: Problem;
  /** Not even a connection came to be. */
  readonly isUnreachable: boolean;

  constructor(problem: Problem, isUnreachable = false) {
    super(problem.message, { cause: problem.cause });
    this.problem = problem;
    this.isUnreachable = isUnreachable;
  }
}

/** Throws Interrupted, download.not-found, download.failed, and the signal's reason. */
export async function openTransfer(wish: TransferRequest): Promise<Transfer> {
  const { url, headers, haveBytes, validator, signal, stallMs } = wish;
  honourProxyOnce();
  const silence = new Silence(stallMs);
  const isRest = haveBytes > 0 && validator !== undefined;
  let response: Response;
  try {
    response = await fetch(url, {
      signal: AbortSignal.any([signal, silence.signal]),
      // As it lies there: a length and a place in it mean nothing for what is compressed on the way.
      headers: {
        ...headers,
        "accept-encoding": "identity",
        ...(isRest && { range: `bytes=${haveBytes}-`, "if-range": validator }),
      },
    });
  } catch (error) {
    signal.throwIfAborted();
    throw interruption(error, url, !silence.signal.aborted);
  } finally {
    silence.end();
  }
  const cancelBody = () => response.body?.cancel().catch(() => undefined);
  if (response.status === 416 && isRest) {
    await cancelBody();
    const wholeBytes = /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
    if (Number(wholeBytes) === haveBytes)
      return { from: haveBytes, totalBytes: haveBytes, validator, pieces: nothing() };
    return await openTransfer({ ...wish, haveBytes: 0 });
  }
  try {
    return describe(response, url, isRest ? haveBytes : 0, piecesOf(response, url, signal, stallMs));
  } catch (error) {
    await cancelBody();
    throw error;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function describe(response: Response, url: string, wantedFrom: number, pieces: Transfer["pieces"]): Transfer {
  const { status, headers } = response;
  if (status === 404 || status === 410)
    throw new Problem("download.not-found", `Nothing was found at ${url}`, {
      hint: "Check the version and the address.",
    });
  if (status === 408 || status === 429 || status >= 500)
    throw new Interrupted(failed(url, `the server responded ${status}`));
  if (status !== 200 && status !== 206) throw failed(url, `the server responded ${status}`);
  // Compressed on the way all the same: the length is not that of the file.
  const isEncoded = headers.has("content-encoding");
  const length = isEncoded ? 0 : Number(headers.get("content-length") ?? 0);
  const validator = isEncoded
    ? undefined
    : (strongTag(headers.get("etag")) ?? headers.get("last-modified") ?? undefined);
  if (status === 200) return { from: 0, totalBytes: length, validator, pieces };
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "") ?? [];
  if (wantedFrom === 0 || Number(from) !== wantedFrom || isEncoded)
    throw failed(url, "the server sent a different range than requested");
  return { from: wantedFrom, totalBytes: Number(total), validator, pieces };
}

async function* piecesOf(
  response: Response,
  url: string,
  signal: AbortSignal,
  stallMs: number,
): AsyncGenerator<Uint8Array> {
  const silence = new Silence(stallMs);
  const reader = response.body?.getReader();
  const giveUp = () => void reader?.cancel().catch(() => undefined);
  signal.addEventListener("abort", giveUp);
  silence.signal.addEventListener("abort", giveUp);
  try {
    for (;;) {
      const piece = await reader?.read();
      signal.throwIfAborted();
      if (silence.signal.aborted) throw new Interrupted(failed(url, `no data for ${stallMs / 1000} seconds`));
      if (!piece || piece.done) return;
      silence.broken();
      yield piece.value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Interrupted ? error : interruption(error, url, false);
  } finally {
    silence.end();
    signal.removeEventListener("abort", giveUp);
    giveUp();
  }
}

/** Aborts its signal when it lasts too long. */
class Silence {
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    this.#timer = setTimeout(() => this.#abort.abort(), limitMs);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Data came: the timeout restarts. */
  broken(): void {
    this.#timer.refresh();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

/** For an answer that ended without an error, but too early. */
export const endedEarly = (url: string) => new Interrupted(failed(url, "the download ended early"));

/** An ETag that stands for the same bytes; weak ones (RFC 9110, 8.8.1) do not. */
const strongTag = (tag: string | null) => (tag === null || tag.startsWith("W/") ? undefined : tag);

function failed(url: string, what: string, cause?: unknown): Problem {
  return new Problem("download.failed", `The download of ${url} failed: ${what}`, {
    hint: "Try again later. The download resumes where it stopped.",
    cause,
  });
}

function interruption(error: unknown, url: string, isConnecting: boolean): Interrupted {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  if (!isConnecting) return new Interrupted(failed(url, `the connection was lost (${reason})`, error));
  const { host } = new URL(url);
  return new Interrupted(
    new Problem("download.unreachable", `${host} can't be reached`, {
      hint: "Check the network and the address in the settings.",
      details: reason,
      cause: error,
    }),
    true,
  );
}
