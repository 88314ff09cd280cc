/** An instance's console on standard output and error: what the program says, and what its kernel says. */

import { once } from "node:events";
import type { Writable } from "node:stream";
import type { ConsoleChunk } from "../../shared/contract/instances.ts";
import { LineTimes } from "../../shared/line-times.ts";

interface Outputs {
  program: Writable;
  kernel: Writable;
}

export class ConsoleOutput {
  readonly #outputs: Outputs;
  readonly #json: boolean;
  /** How far the console has been written. */
  offset = 0;

  readonly #times: LineTimes | undefined;

  /** `timestamps`: each line is preceded by the moment at which it came. */
  constructor(outputs: Outputs, { json, timestamps = false }: { json: boolean; timestamps?: boolean }) {
    this.#outputs = outputs;
    this.#json = json;
    this.#times = timestamps ? new LineTimes(formatMoment) : undefined;
  }

  /** Writes a piece; resolves when the next may come. */
  async write(chunk: ConsoleChunk): Promise<void> {
    const bytes = Buffer.from(chunk.bytes, "base64");
    const output = this.#json ? this.#outputs.program : this.#outputs[chunk.part];
    if (!this.#json && chunk.run && chunk.run.number > 1) this.#outputs.kernel.write(boundaryOf(chunk.run));
    const goesOn = output.write(
      this.#json ? `${JSON.stringify({ type: "console", ...chunk })}\n` : this.#withTimes({ ...chunk, bytes }),
    );
    this.offset = chunk.offset + bytes.length;
    if (!goesOn && !output.destroyed) await Promise.race([once(output, "drain"), once(output, "close")]);
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
