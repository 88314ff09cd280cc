/**
 * The past of a console: what its terminal has let go of, or never had, paged in from the engine. A page takes the place of
 * what is in the terminal; scrolled to its end it goes on, until it has caught up with the present.
 */

import type { Terminal } from "@xterm/xterm";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { problemOf } from "../../platform/problem-of.ts";
import type { Piece } from "./feed.ts";
import type { OffsetMarks } from "./offset-marks.ts";
import { fromFirstLine, lineBefore, readPage, splitAt } from "./pages.ts";

const PAGE_BYTES = 512 << 10;
/** Two pages must not be more than the scrollback holds; lines are mostly longer than this. */
const SHORT_LINE_BYTES = 8;
/** A mark stands at the beginning of a piece, which may be so long. */
const PIECE_BYTES = 64 << 10;

interface PastDeps {
  client: UnideckClient;
  id: string;
  terminal: Terminal;
  marks: OffsetMarks;
  scrollbackLines: () => number;
  /** Where the console ends at present. */
  writtenTo: () => number;
  /** Empties the terminal. */
  empty: () => Promise<void>;
  paint: (piece: Piece) => Promise<void>;
  /** The terminal holds everything up to this byte of the present: from here on it follows. */
  catchUp: (from: number) => void;
  onProblem: (problem: ProblemReport) => void;
  /** Told when another part of the console is on screen. */
  onMoved: () => void;
}

export class Past {
  readonly #needs: PastDeps;
  /** While pages are read and drawn. */
  #paging: AbortController | undefined;
  /** Where the page that is shown ends. */
  #end = 0;
  /** What stood before this byte is gone. */
  #floor = 0;

  constructor(needs: PastDeps) {
    this.#needs = needs;
  }

  /** Bytes before the first line in the terminal, about. */
  bytesBefore(): number {
    const first = this.#needs.marks.first;
    if (this.#paging) return 0;
    // The first mark is at the first line unless lines before it are there still.
    const isWhole = first.line === 0 && first.offset <= this.#floor;
    return isWhole ? 0 : first.offset - this.#floor;
  }

  /** Shows the page before the first line of the terminal; that line is then the last one on screen. */
  async showEarlier(): Promise<void> {
    const { client, id, terminal, marks } = this.#needs;
    const first = marks.first;
    if (this.bytesBefore() === 0) return;
    await this.#page(async (signal) => {
      const linesBefore = countLines(terminal, first.line);
      const to = first.offset;
      // The first line of the terminal may stand that far before its first mark.
      const slack = 2 * marks.apart + PIECE_BYTES;
      const from = Math.max(0, to - this.#pageBytes - slack);
      const read = await readPage(client, id, { from, to, signal });
      const start = read[0]?.offset ?? to;
      if (start > from) this.#floor = start;
      const middle = lineBefore(read, linesBefore);
      const page = this.#pageBytes;
      const [, near] = splitAt(read, middle - page);
      const [before] = splitAt((near[0]?.offset ?? 0) > this.#floor ? fromFirstLine(near) : near, middle);
      const behind = await readPage(client, id, { from: middle, to: middle + page, signal });
      await this.#needs.empty();
      await this.#paint(before, signal);
      const line = terminal.registerMarker(0);
      await this.#paint(behind, signal);
      const last = behind.at(-1);
      this.#end = last ? last.offset + last.bytes.length : middle;
      terminal.scrollToLine(Math.max(0, (line?.line ?? 0) - terminal.rows + 1));
      line?.dispose();
    });
  }

  /** At the end of a page: the next one, or the present. */
  async goOn(): Promise<void> {
    const { client, id, terminal, writtenTo } = this.#needs;
    if (this.#paging) return;
    if (this.#end >= writtenTo()) {
      this.#needs.catchUp(this.#end);
      return;
    }
    await this.#page(async (signal) => {
      const { viewportY } = terminal.buffer.active;
      const stays = terminal.registerMarker(viewportY - terminal.buffer.active.baseY - terminal.buffer.active.cursorY);
      const next = await readPage(client, id, { from: this.#end, to: this.#end + this.#pageBytes, signal });
      await this.#paint(next, signal);
      const last = next.at(-1);
      if (last) this.#end = last.offset + last.bytes.length;
      terminal.scrollToLine(Math.max(0, (stays?.line ?? 0) + 1));
      stays?.dispose();
    });
  }

  /** The present is shown again, or nothing any more. */
  leave(): void {
    this.#paging?.abort();
    this.#paging = undefined;
  }

  get #pageBytes(): number {
    return Math.min(PAGE_BYTES, this.#needs.scrollbackLines() * SHORT_LINE_BYTES);
  }

  /** One at a time. */
  async #page(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#paging) return;
    const paging = new AbortController();
    this.#paging = paging;
    try {
      await work(paging.signal);
    } catch (error) {
      if (!paging.signal.aborted) this.#needs.onProblem(problemOf(error));
    }
    if (this.#paging !== paging) return;
    this.#paging = undefined;
    this.#needs.onMoved();
  }

  async #paint(pieces: readonly Piece[], signal: AbortSignal): Promise<void> {
    for (const piece of pieces) {
      signal.throwIfAborted();
      this.#needs.marks.note(piece.offset);
      await this.#needs.paint(piece);
      this.#needs.marks.noteEnd(piece.offset + piece.bytes.length);
    }
  }
}

/** Lines, however often they wrap, in the first `rows` rows of the terminal. */
function countLines({ buffer: { active } }: Terminal, rows: number): number {
  let lines = 0;
  for (let row = 0; row < rows; row++) if (!active.getLine(row)?.isWrapped) lines++;
  return lines;
}
