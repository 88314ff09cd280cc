import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readTrace } from "./trace-log.ts";

let folder: string;
const path = () => join(folder, "trace.log");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-trace-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(from = 0): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of readTrace(path(), { from, follow: false })) texts.push(text);
  return texts;
}

test("a run that was not traced has no lines", async () => {
  expect(await read()).toEqual([]);
});

test("lines come whole; one that is being written comes later", async () => {
  writeFileSync(path(), "write(1) = 5\nexit_gro");

  expect(await read()).toEqual(["write(1) = 5\n"]);
  expect(await read(13)).toEqual([]);
});

test("much comes in pieces of whole lines, and nothing is lost between them", async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `call(${i}) = 0\n`);
  writeFileSync(path(), lines.join(""));

  const texts = await read();

  expect(texts.length).toBeGreaterThan(1);
  expect(texts.every((text) => text.endsWith("\n"))).toBe(true);
  expect(texts.join("")).toBe(lines.join(""));
});

test("a line without end is not waited for", async () => {
  writeFileSync(path(), "x".repeat(200_000));

  expect((await read()).join("")).toHaveLength(3 * 65_536);
});

test("lines are followed as they come, until the abort", async () => {
  writeFileSync(path(), "one\n");
  const stop = new AbortController();
  const texts: string[] = [];

  for await (const { text, offset } of readTrace(path(), { from: 0, follow: true, signal: stop.signal })) {
    texts.push(text);
    if (offset === 0) appendFileSync(path(), "two\n");
    else stop.abort();
  }

  expect(texts).toEqual(["one\n", "two\n"]);
});
