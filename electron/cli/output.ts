/** How the command line writes: tables, sizes and times for people, JSON for programs. */

import { once } from "node:events";

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

/** Columns as wide as their longest cell; control characters, which could come out of a file, are shown as `?`. */
export function formatTable(head: string[], rows: string[][]): string {
  const lines = [head, ...rows].map((cells) => cells.map((cell) => cell.replace(/\p{Cc}/gu, "?")));
  const widths = head.map((_, column) => Math.max(...lines.map((cells) => cells[column]?.length ?? 0)));
  const format = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
  return `${lines.map((cells) => format(cells).trimEnd()).join("\n")}\n`;
}

/** A name and what is known under it, a line each; what is not known is left out. Control characters as in tables. */
export function formatFacts(facts: readonly [name: string, fact: string | undefined][]): string {
  return facts
    .flatMap(([name, fact]) => (fact === undefined ? [] : `${`${name}:`.padEnd(14)}${fact.replace(/\p{Cc}/gu, "?")}\n`))
    .join("");
}

/** Writes what a command found: `text` for people, `value` for programs. */
export function print(value: unknown, { json, text }: { json: boolean; text: () => string }): void {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text());
}

/** Bytes to standard output. False when nobody reads any more. */
export async function writeOut(bytes: Buffer): Promise<boolean> {
  const { stdout } = process;
  const gone = new Promise<false>((end) => stdout.once("error", () => end(false)));
  if (stdout.write(bytes)) return !stdout.destroyed;
  return await Promise.race([once(stdout, "drain").then(() => true), gone]);
}
