/**
 * An instance's console on standard output and error: what the program says, and what its kernel says. To a file or pipe
 * every byte is as it was; to a terminal that is not the guest's own, text and colours alone.
 */

import { once } from "node:events";
import type { Writable } from "node:stream";
import type { ConsoleChunk } from "../../shared/contract/instances.ts";
import { LineTimes } from "../../shared/line-times.ts";
import { visibleJson } from "../../shared/visible-text.ts";
import { toBuffer } from "../engine/lib/to-buffer.ts";
import { filterFor, LEFT_OUT, writeLine } from "./output.ts";
import type { TerminalFilter } from "./terminal-filter.ts";

/** `isTTY`: whether it is a terminal, which is filtered unless `raw`. */
type Output = Writable & { isTTY?: boolean };

interface Outputs {
  program: Output;
  kernel: Output;
}

interface Options {
  json: boolean;
  /** Each line is preceded by the moment at which it came. */
  timestamps?: boolean;
  /** The terminal is the guest's own: what it writes goes out as it is. */
  raw: boolean;
}

export class ConsoleOutput {
  readonly #outputs: Outputs;
  readonly #json: boolean;
  /** How far the console has been written. A chunk that begins later follows a gap: what was there has been discarded. */
  offset = 0;

  readonly #times: LineTimes | undefined;

  readonly #filters: Record<keyof Outputs, TerminalFilter | undefined>;

  constructor(outputs: Outputs, { json, timestamps = false, raw }: Options) {
    this.#outputs = outputs;
    this.#json = json;
    this.#times = timestamps ? new LineTimes(formatMoment) : undefined;
    this.#filters = {
      program: json ? undefined : filterFor(outputs.program, { raw }),
      kernel: json ? undefined : filterFor(outputs.kernel, { raw }),
    };
  }

  /** Writes a piece; resolves when the next may come. */
  async write(chunk: ConsoleChunk): Promise<void> {
    const bytes = toBuffer(chunk.bytes);
    const output = this.#json ? this.#outputs.program : this.#outputs[chunk.part];
    const discarded = chunk.offset - this.offset;
    if (!this.#json && discarded > 0)
      this.#outputs.kernel.write(`── ${discarded} bytes of older output were discarded ──\n`);
    if (!this.#json && chunk.run && chunk.run.number > 1) this.#outputs.kernel.write(boundaryOf(chunk.run));
    const goesOn = output.write(
      this.#json
        ? `${visibleJson({ type: "console", ...chunk, bytes: bytes.toString("base64") })}\n`
        : this.#shown(chunk.part, { ...chunk, bytes }),
    );
    this.offset = chunk.offset + bytes.length;
    if (!goesOn && !output.destroyed) await Promise.race([once(output, "drain"), once(output, "close")]);
  }

  /** Nothing follows: colours end, and where something was left out it is said. */
  end(): void {
    const filters = [this.#filters.program, this.#filters.kernel];
    for (const part of ["program", "kernel"] as const) {
      const rest = this.#filters[part]?.end();
      if (rest?.length) this.#outputs[part].write(rest);
    }
    if (filters.some((filter) => filter?.hasLeftOut)) writeLine(LEFT_OUT, this.#outputs.kernel);
  }

  #shown(part: keyof Outputs, piece: Pick<ConsoleChunk, "offset" | "times"> & { bytes: Buffer }): Buffer {
    const bytes = this.#withTimes(piece);
    return this.#filters[part]?.add(bytes) ?? bytes;
  }

  #withTimes(piece: Pick<ConsoleChunk, "offset" | "times"> & { bytes: Buffer }): Buffer {
    if (!this.#times) return piece.bytes;
    return Buffer.concat(
      Array.from(this.#times.add(piece), (part) => (typeof part === "string" ? Buffer.from(part) : part)),
    );
  }
}

/** Where the instance was started again. */
const boundaryOf = ({ number, startedAt }: NonNullable<ConsoleChunk["run"]>) =>
  `── run ${number}, started ${new Date(startedAt).toISOString()} ──\n`;

/** `2026-11-24T04:05:06.789Z `, or as many spaces. */
const formatMoment = (moment: number | null) => `${moment === null ? " ".repeat(24) : new Date(moment).toISOString()} `;
