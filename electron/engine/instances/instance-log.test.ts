import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InstanceLog } from "./instance-log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-log-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("lines that a guest causes without end leave the newest ones, within a limit", async () => {
  const path = join(folder, "engine.log");
  const log = new InstanceLog(path, join(folder, "qemu.log"), (text) => ({ text }));

  for (let i = 1; i <= 700; i++) log.say(`${i} ${"x".repeat(3000)}`);

  expect(statSync(path).size).toBeLessThanOrEqual(1 << 20);
  expect((await log.read()).at(-1)?.text).toMatch(/^700 x/);
});
