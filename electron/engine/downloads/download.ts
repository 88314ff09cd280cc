/**
 * Downloads a file over HTTP: with a number to look at, a bound, and a second try where the first one broke off. What came
 * stays beside a note of what it is the beginning of, so that the next download goes on with it, even after a kill -9.
 */

import { mkdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { Problem } from "../../../shared/problem.ts";
import { writeProblem } from "../lib/atomic-file.ts";
import { sha256Of } from "../lib/file-digest.ts";
import { refuseIfFull } from "../lib/free-space.ts";
import { openRegular, readRegular } from "../lib/open-regular.ts";
import { endedEarly, Interrupted, openTransfer } from "./transfer.ts";

export interface DownloadRequest {
  url: string;
  /** Sent with the request; not to another host that it is redirected to, where they are credentials. */
  headers?: Record<string, string> | undefined;
  /** Where the file comes to be. */
  path: string;
  /** A larger file is refused. */
  maxBytes: number;
  signal: AbortSignal;
  /** How much is here already, and of how much, 0 where the server does not tell; called again for each attempt. */
  onStart: (haveBytes: number, totalBytes: number) => void;
  onProgress: (bytes: number) => void;
  note: (line: string) => void;
  patience?: Partial<Patience> | undefined;
}

export interface Patience {
  /** A server that sends nothing for so long has gone. */
  stallMs: number;
  /** Before the second attempt; each later one waits twice as long. */
  retryMs: number;
  /** Attempts in a row that come no further. */
  attempts: number;
}

const defaultPatience: Patience = { stallMs: 30_000, retryMs: 500, attempts: 5 };

/** What a partial file is the beginning of. */
const MAX_NOTE_BYTES = 1 << 16;

const PartialNote = z.object({ url: z.string(), validator: z.string() });
const noteOf = (path: string) => `${path}.json`;

/**
 * Throws download.unreachable, .not-found, .too-large, .failed, disk.full, disk.write-failed, and the signal's reason. What
 * came until then stays; `discardDownload` removes it.
 */
export async function download(wish: DownloadRequest): Promise<{ sha256: string; sizeBytes: number }> {
  const { path, signal, note } = wish;
  const patience = { ...defaultPatience, ...wish.patience };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error) => {
    throw writeProblem(error, path);
  });
  const reached = { now: 0, furthest: 0 };
  let fruitless = 0;
  for (;;) {
    try {
      await fetchRest(wish, patience.stallMs, (bytes) => {
        reached.now = bytes;
      });
      break;
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      fruitless = reached.now > reached.furthest ? 1 : fruitless + 1;
      reached.furthest = Math.max(reached.furthest, reached.now);
      const isOffline = error.isUnreachable && reached.furthest === 0;
      if (isOffline || fruitless >= patience.attempts) throw error.problem;
      note(`${error.problem.message}; trying again`);
    }
    await sleep(patience.retryMs * 2 ** (fruitless - 1), undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  }
  return { sha256: await sha256Of(path, signal), sizeBytes: (await stat(path)).size };
}

/** Removes what a download has left, whole or not. */
export async function discardDownload(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(noteOf(path), { force: true });
}

/** One request for what is missing. Tells `onReached` how many bytes of the file are here. */
async function fetchRest(wish: DownloadRequest, stallMs: number, onReached: (bytes: number) => void): Promise<void> {
  const { path, url, signal, maxBytes } = wish;
  try {
    await using file = await openRegular(path, "a");
    const partial = await readNote(path);
    const isOurs = partial?.url === url;
    const haveBytes = isOurs ? (await file.stat()).size : 0;
    const transfer = await openTransfer({
      ...{ url, haveBytes, signal, stallMs },
      headers: wish.headers,
      validator: partial?.validator,
    });
    if (transfer.totalBytes > maxBytes) throw tooLarge(url, maxBytes);
    await refuseIfFull(dirname(path), Math.max(0, transfer.totalBytes - transfer.from));
    // The bytes go before the note changes: a note never speaks of another file than the one it stands beside.
    await file.truncate(transfer.from);
    if (transfer.validator)
      await writeFile(noteOf(path), JSON.stringify({ url, validator: transfer.validator }), { mode: 0o600 });
    else await rm(noteOf(path), { force: true });
    let reached = transfer.from;
    wish.onStart(reached, transfer.totalBytes);
    for await (const piece of transfer.pieces) {
      reached += piece.length;
      if (reached > maxBytes) throw tooLarge(url, maxBytes);
      await file.appendFile(piece);
      onReached(reached);
      wish.onProgress(piece.length);
    }
    if (reached < transfer.totalBytes) throw endedEarly(url);
    await file.sync();
  } catch (error) {
    signal.throwIfAborted();
    throw writeProblem(error, path);
  }
}

async function readNote(path: string): Promise<z.infer<typeof PartialNote> | undefined> {
  try {
    return PartialNote.parse(JSON.parse(await readRegular(noteOf(path), MAX_NOTE_BYTES)));
  } catch {
    // Without a note that can be read, what is here is the beginning of nobody knows what.
    return undefined;
  }
}

function tooLarge(url: string, maxBytes: number): Problem {
  return new Problem("download.too-large", `${url} is larger than the ${maxBytes} bytes that are accepted`, {
    hint: "Check the address.",
  });
}
