/**
 * What was found in files, kept so that a file that has not changed is read once. The disk is the truth: before each answer the
 * open file is looked at, and device, inode, size, and the times of its content and its state have to be the same.
 */

import type { Stats } from "node:fs";

export interface FileMemoOptions<T> {
  /** What was not asked for longest goes first. */
  maxEntries: number;
  /** What it takes in memory, roughly, where that may be much. */
  sizeOf?: (found: T) => number;
  now?: () => number;
}

/**
 * A file that was changed so shortly before it was read may be changed again without a difference in its times, which some
 * file systems count in steps of two seconds. It is read again.
 */
const SETTLED_MS = 2500;
/** What takes more is read each time: with it the limit of entries is one of memory. */
const MAX_ENTRY_BYTES = 64 << 10;

export class FileMemo<T> {
  readonly #options: FileMemoOptions<T>;
  /** By path and state of the file; those asked for last stand last. */
  readonly #kept = new Map<string, { found: T }>();

  constructor(options: FileMemoOptions<T>) {
    this.#options = options;
  }

  /** What `read` finds in the file at `path`, or has found while the file was the same. `stat`: of the open file, now. */
  async of(path: string, stat: Stats, read: () => Promise<T>): Promise<T> {
    const { dev, ino, size, mtimeMs, ctimeMs } = stat;
    const key = `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs} ${path}`;
    const known = this.#kept.get(key);
    if (known) {
      this.#keep(key, known.found);
      return known.found;
    }
    const now = this.#options.now?.() ?? Date.now();
    const found = await read();
    const sizeBytes = this.#options.sizeOf?.(found) ?? 0;
    if (now - Math.max(mtimeMs, ctimeMs) > SETTLED_MS && sizeBytes <= MAX_ENTRY_BYTES) this.#keep(key, found);
    return found;
  }

  #keep(key: string, found: T): void {
    this.#kept.delete(key);
    this.#kept.set(key, { found });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#options.maxEntries && oldest !== undefined) this.#kept.delete(oldest);
  }
}
