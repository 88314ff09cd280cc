import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EngineLog } from "./engine-log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-log-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a bug is logged with its stack, and only its owner may read it", () => {
  const log = new EngineLog(join(folder, "logs"));

  log.warn("The settings were set aside.");
  log.error("images.list", new Error("boom"));

  const text = readFileSync(log.path, "utf8");
  expect(text).toMatch(/warning The settings were set aside\.\n/);
  expect(text).toMatch(/error images\.list: Error: boom\n {4}at /);
  expect(statSync(log.path).mode & 0o777).toBe(0o600);
});

test("a log that has grown large is put aside, not continued for ever", () => {
  const log = new EngineLog(folder);
  const line = "x".repeat(16_000);

  for (let i = 0; i < 300; i++) log.warn(line);

  expect(statSync(log.path).size).toBeLessThan(5 << 20);
  expect(statSync(`${log.path}.1`).size).toBeGreaterThan(4 << 20);
});
