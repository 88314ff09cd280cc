/** Which byte of a console stands at which line of its terminal: marks that move with their lines, and go with them. */

import type { IMarker, Terminal } from "@xterm/xterm";

/** Every mark is looked at with every line that leaves the scrollback: there must not be many. */
const MOST = 256;

interface Mark {
  marker: IMarker;
  offset: number;
}

export class OffsetMarks {
  readonly #terminal: Terminal;
  #marks: Mark[] = [];
  #apart = 4 << 10;
  #end = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Marks are at least so many bytes apart. */
  get apart(): number {
    return this.#apart;
  }

  /** Everything before `offset` is written. */
  noteEnd(offset: number): void {
    this.#end = offset;
  }

  /** The byte `offset` is what is written next. */
  note(offset: number): void {
    const last = this.#marks.at(-1);
    if (last && offset - last.offset < this.#apart) return;
    this.#marks = this.#marks.filter(({ marker }) => marker.line >= 0);
    if (this.#marks.length >= MOST) this.#thinOut();
    const marker = this.#terminal.registerMarker(0);
    if (marker) this.#marks.push({ marker, offset });
  }

  /** The first mark that is still there, and its line; where none is, the end. */
  get first(): { line: number; offset: number } {
    const first = this.#marks.find(({ marker }) => marker.line >= 0);
    if (first) return { line: first.marker.line, offset: first.offset };
    const { baseY, cursorY } = this.#terminal.buffer.active;
    return { line: baseY + cursorY, offset: this.#end };
  }

  clear(): void {
    for (const { marker } of this.#marks) marker.dispose();
    this.#marks = [];
  }

  #thinOut(): void {
    this.#apart *= 2;
    this.#marks = this.#marks.filter(({ marker }, i) => {
      if (i % 2 === 0) return true;
      marker.dispose();
      return false;
    });
  }
}
