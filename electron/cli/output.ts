/**
 * How the command line writes: tables, sizes and times for people, JSON for programs. All text for a terminal goes out
 * here, where characters that could steer it are made visible; what a guest wrote goes through `console-output.ts`.
 */

import { once } from "node:events";
import type { Writable } from "node:stream";
import { visible, visibleJson, visibleLines } from "../../shared/visible-text.ts";
import { TerminalFilter } from "./terminal-filter.ts";

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `16777216` as `16 MiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const steps: readonly [number, string][] = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "min"],
  [1000, "s"],
];

/** How long ago a moment was: `5 min ago`. */
export function formatAge(atMs: number, nowMs = Date.now()): string {
  const [stepMs, unit] = steps.find(([ms]) => nowMs - atMs >= ms) ?? [1000, "s"];
  return `${Math.max(0, Math.floor((nowMs - atMs) / stepMs))} ${unit} ago`;
}

/** Columns as wide as their longest cell. */
export function formatTable(head: string[], rows: string[][]): string {
  const lines = [head, ...rows].map((cells) => cells.map(visible));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const format = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return `${lines.map((cells) => format(cells).trimEnd()).join("\n")}\n`;
}

/** A name and what is known under it, a line each; what is not known is left out. */
export function formatFacts(facts: readonly [name: string, fact: string | undefined][]): string {
  return facts
    .flatMap(([name, fact]) => (fact === undefined ? [] : `${`${name}:`.padEnd(14)}${visible(fact)}\n`))
    .join("");
}

/** Writes what a command found: `text` for people, as a whole or line by line, `value` for programs. */
export function print(value: unknown, { json, text }: { json: boolean; text: () => string | readonly string[] }): void {
  const written = json ? "" : text();
  if (json) writeJson(value);
  else if (typeof written === "string") writeText(process.stdout, written);
  else writeText(process.stdout, written.map((line) => `${visible(line)}\n`).join(""));
}

/** One value on a line of standard output, or with `indent` on several. */
export function writeJson(value: unknown, indent?: number): void {
  process.stdout.write(`${visibleJson(value, indent)}\n`);
}

/** Text whose line ends are ours: names in it that could have a line end go through `visible` first. */
export function writeText(stream: Writable, text: string): void {
  stream.write(visibleLines(text));
}

/** One line on standard error beside the result, such as `note: …`. */
export function writeLine(line: string, stream: Writable = process.stderr): void {
  stream.write(`${visible(line)}\n`);
}

/** Shows `line` in place of the one before it. */
export function replaceLine(terminal: Writable, line: string): void {
  terminal.write(`\r\x1b[K${visible(line)}`);
}

/** A filter where `stream` is a terminal and its bytes must not steer it; undefined where they go out as they are. */
export function filterFor(stream: { isTTY?: boolean }, { raw }: { raw: boolean }): TerminalFilter | undefined {
  return stream.isTTY === true && !raw ? new TerminalFilter() : undefined;
}

/** What to say where a filter left something out. */
export const LEFT_OUT = "note: control sequences were left out; --raw writes them as they are";

/** Bytes to standard output as they are. False when nobody reads any more. */
export async function writeOut(bytes: Buffer): Promise<boolean> {
  const { stdout } = process;
  const gone = new Promise<false>((end) => stdout.once("error", () => end(false)));
  if (stdout.write(bytes)) return !stdout.destroyed;
  return await Promise.race([once(stdout, "drain").then(() => true), gone]);
}
