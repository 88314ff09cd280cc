/**
 * Writes a console's pieces into its terminal: the kernel's part dimmed, a line where a run begins and where output
 * was discarded, lines that would never end broken, and on demand the moment before each line.
 */

import type { Terminal } from "@xterm/xterm";
import { LineTimes } from "../../../shared/line-times.ts";
import { formatBytes, formatMoment } from "../../ui/format.ts";
import type { Piece } from "./feed.ts";
import { LongLines } from "./long-lines.ts";

const PLAIN = "\x1b[39m";
/** As wide as a moment. */
const NO_MOMENT = " ".repeat(formatMoment(0).length);

export class Painter {
  readonly #terminal: Terminal;
  readonly #dim: string;
  readonly #times: LineTimes | undefined;
  readonly #lines = new LongLines();
  #part: Piece["part"] = "program";

  /** `dim`: the escape sequence that begins dimmed text. */
  constructor(terminal: Terminal, { dim, times }: { dim: string; times: boolean }) {
    this.#terminal = terminal;
    this.#dim = dim;
    this.#times = times
      ? new LineTimes((moment) => `${dim}${moment === null ? NO_MOMENT : formatMoment(moment)} ${PLAIN}`)
      : undefined;
  }

  /** Resolves when the piece is drawn. */
  async paint(piece: Piece): Promise<void> {
    if (piece.lostBytes > 0) this.#note(`── ${formatBytes(piece.lostBytes)} of older output were discarded ──`);
    if (piece.run && piece.run.number > 1)
      this.#note(`── run ${piece.run.number}, started ${formatMoment(piece.run.startedAt)} ──`);
    if (piece.part !== this.#part) {
      this.#part = piece.part;
      this.#terminal.write(this.#color || PLAIN);
    }
    for (const part of this.#times?.add(piece) ?? [piece.bytes]) {
      if (typeof part === "string") this.#terminal.write(part + this.#color);
      else for (const bytes of this.#lines.split(part)) this.#terminal.write(bytes);
    }
    await this.settled();
  }

  /** Resolves when everything is drawn that was written before. */
  settled(): Promise<void> {
    return new Promise((resolve) => this.#terminal.write("", resolve));
  }

  get #color(): string {
    return this.#part === "kernel" ? this.#dim : "";
  }

  /** A line of ours, on a line of its own. */
  #note(text: string): void {
    const { cursorX } = this.#terminal.buffer.active;
    this.#terminal.write(`${cursorX > 0 ? "\r\n" : ""}\x1b[0m${this.#dim}${text}${PLAIN}\r\n${this.#color}`);
  }
}
