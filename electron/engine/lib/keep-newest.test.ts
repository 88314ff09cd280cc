import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { firstLine, keepNewest } from "./keep-newest.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-newest-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("of a file beyond its limit the newest half is kept, in whole lines", () => {
  const path = join(folder, "engine.log");
  writeFileSync(path, "one\ntwo\nthree\nfour\n");

  keepNewest(path, 18, firstLine);

  expect(readFileSync(path, "utf8")).toBe("four\n");
});

test("a file within its limit stays as it is", () => {
  const path = join(folder, "engine.log");
  writeFileSync(path, "one\ntwo\n");

  keepNewest(path, 8, firstLine);

  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
});
