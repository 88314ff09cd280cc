/**
 * What of a guest's events is written down: the first lines of each kind, within a budget, and of a kind that has used it
 * up the last line. So the file is bounded whatever a guest sends, and no flood of one kind hides another, `exit` least
 * of all. Lines are not understood here: who reads them does that (guest-events.ts).
 */

const MAX_LINE_BYTES = 8 << 10;
const MAX_KINDS = 64;
const MAX_LINES_PER_KIND = 512;
/** Of all kinds but `exit`. */
const BUDGET_BYTES = 1 << 20;
const EXIT_BUDGET_BYTES = 64 << 10;
const NEWLINE = 0x0a;
const EXIT = "exit";

interface Kind {
  lines: number;
  bytes: number;
  /** The last line beyond the budget, in a buffer that is used again for the next: a flood makes no garbage here. */
  last?: { buffer: Buffer; length: number } | undefined;
}

export class EventBudget {
  readonly #kinds = new Map<string, Kind>();
  #unread = Buffer.alloc(0);
  /** Within a line that is too long. */
  #skipping = false;
  #spentBytes = 0;
  /** Lines that were not written. */
  dropped = 0;

  /** What of these bytes is to be written: whole lines. */
  take(bytes: Buffer): Buffer {
    const kept: Buffer[] = [];
    let rest = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    for (;;) {
      const end = rest.indexOf(NEWLINE);
      if (end < 0) break;
      const line = rest.subarray(0, end + 1);
      if (this.#skipping || line.length > MAX_LINE_BYTES) this.dropped++;
      else if (this.#isWithinBudget(line)) kept.push(line);
      this.#skipping = false;
      rest = rest.subarray(end + 1);
    }
    if (rest.length > MAX_LINE_BYTES) this.#skipping = true;
    this.#unread = this.#skipping ? Buffer.alloc(0) : Buffer.from(rest);
    return Buffer.concat(kept);
  }

  /** At the end: the last line of each kind that has gone beyond its budget, `exit` last. */
  finish(): Buffer {
    const kinds = [...this.#kinds].sort(([a], [b]) => Number(a === EXIT) - Number(b === EXIT));
    const lines = kinds.flatMap(([, { last }]) => (last ? [Buffer.from(last.buffer.subarray(0, last.length))] : []));
    this.dropped -= lines.length;
    for (const [, kind] of kinds) kind.last = undefined;
    return Buffer.concat(lines);
  }

  #isWithinBudget(line: Buffer): boolean {
    const name = /"event":"([a-z][a-z0-9-]{0,39})"/.exec(line.toString("latin1"))?.[1];
    const kind = name === undefined ? undefined : this.#kindOf(name);
    if (!kind) {
      this.dropped++;
      return false;
    }
    const isExit = name === EXIT;
    const fits = isExit
      ? kind.bytes + line.length <= EXIT_BUDGET_BYTES
      : this.#spentBytes + line.length <= BUDGET_BYTES && kind.lines < MAX_LINES_PER_KIND;
    if (!fits) {
      kind.last ??= { buffer: Buffer.alloc(MAX_LINE_BYTES), length: 0 };
      kind.last.length = line.copy(kind.last.buffer);
      this.dropped++;
      return false;
    }
    kind.lines++;
    kind.bytes += line.length;
    if (!isExit) this.#spentBytes += line.length;
    return true;
  }

  #kindOf(name: string): Kind | undefined {
    const known = this.#kinds.get(name);
    if (known || (this.#kinds.size >= MAX_KINDS && name !== EXIT)) return known;
    const kind = { lines: 0, bytes: 0 };
    this.#kinds.set(name, kind);
    return kind;
  }
}
