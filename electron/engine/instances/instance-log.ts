/** What the engine, the hypervisor and the guest's kernel said about one instance: the Log tab. */

import { z } from "zod";
import type { LogLine } from "../../../shared/contract/instances.ts";
import type { Driver } from "../hypervisors/driver.ts";
import { firstLine, keepNewest } from "../lib/keep-newest.ts";
import { appendRegularSync } from "../lib/open-regular.ts";
import { parseJson } from "../lib/parse-json.ts";
import { readTail } from "../lib/read-tail.ts";

const MAX_READ_BYTES = 256 << 10;
/** Of the engine's lines; a guest can cause some of them as often as it likes. */
const MAX_ENGINE_BYTES = 1 << 20;
const MAX_LINES = 2000;
const MAX_LINE_LENGTH = 4000;

const Line = z.object({
  at: z.number().positive(),
  source: z.enum(["engine", "kernel"]).default("engine"),
  text: z.string(),
});

export class InstanceLog {
  readonly #enginePath: string;
  readonly #hypervisorPath: string;
  readonly #parse: Driver["parseLogLine"];

  /** `parse` understands the lines of the hypervisor's log. */
  constructor(enginePath: string, hypervisorPath: string, parse: Driver["parseLogLine"]) {
    this.#enginePath = enginePath;
    this.#hypervisorPath = hypervisorPath;
    this.#parse = parse;
  }

  /** Written at once: what is still in memory when the engine is killed explains nothing. */
  say(text: string): void {
    this.#write({ text: text.slice(0, MAX_LINE_LENGTH) });
  }

  /** Writes down a remark of the guest's kernel. */
  sayForKernel(text: string): void {
    this.#write({ source: "kernel", text: text.slice(0, MAX_LINE_LENGTH) });
  }

  /** The remarks that were written down since a moment. */
  async remarksSince(moment: number): Promise<string[]> {
    const lines = await this.#readEngine();
    return lines.flatMap(({ at, source, text }) => (source === "kernel" && at >= moment ? [text] : []));
  }

  #write(what: { source?: "kernel"; text: string }): void {
    try {
      const line = JSON.stringify({ at: Date.now(), ...what });
      appendRegularSync(this.#enginePath, `${line}\n`);
      keepNewest(this.#enginePath, MAX_ENGINE_BYTES, firstLine);
    } catch {
      // A full disk must not keep an instance from being stopped.
    }
  }

  /** Both logs in one, by time; the latest lines where there are very many. */
  async read(): Promise<LogLine[]> {
    const [engine, hypervisor] = await Promise.all([this.#readEngine(), this.#readHypervisor()]);
    return [...engine, ...hypervisor].sort((a, b) => a.at - b.at).slice(-MAX_LINES);
  }

  async #readEngine(): Promise<LogLine[]> {
    const rows = await readRows(this.#enginePath);
    return rows.flatMap((row) => {
      const line = Line.safeParse(parseJson(row)).data;
      return line ? [line] : [];
    });
  }

  /** Lines without a time belong to the one before (or are from before the hypervisor reads its options). */
  async #readHypervisor(): Promise<LogLine[]> {
    let lastAt = 1;
    return (await readRows(this.#hypervisorPath)).flatMap((row): LogLine[] => {
      const line = this.#parse(row);
      if (!line) return [];
      lastAt = line.at ?? lastAt;
      return [{ at: lastAt, source: "hypervisor", text: line.text.slice(0, MAX_LINE_LENGTH) }];
    });
  }
}

async function readRows(path: string): Promise<string[]> {
  const bytes = await readTail(path, 0, MAX_READ_BYTES).catch(() => Buffer.alloc(0));
  return bytes.toString("utf8").split("\n").filter(Boolean);
}
