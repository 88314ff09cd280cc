import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { temporaryFolder } from "../images/testing.ts";
import { Trash } from "./trash.ts";

const DAY_MS = 24 * 3600 * 1000;

afterEach(() => {
  vi.useRealTimers();
});

it.each([
  ["forward", DAY_MS],
  ["back", -DAY_MS],
])("what an earlier engine left goes in its time, also where the clock was set %s by a day", async (_, jumpMs) => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, "deleted"));
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: Date.now() + jumpMs });
  const trash = new Trash(folder.path, 5000);
  await trash.open();

  await vi.advanceTimersByTimeAsync(5000);
  vi.useRealTimers();

  await expect.poll(() => existsSync(join(folder.path, "deleted")), { timeout: 10_000 }).toBe(false);
  trash.close();
});
