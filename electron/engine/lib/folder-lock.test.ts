import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeLock } from "./folder-lock.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "unideck-lock-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("one holds the lock, the next gets it when it was released", () => {
  const first = takeLock(home);

  expect(first).toBeDefined();
  expect(takeLock(home)).toBeUndefined();
  first?.release();
  const second = takeLock(home);
  expect(second).toBeDefined();
  second?.release();
});

test("another process can't take it, and a killed one leaves it free", async () => {
  const other = await holdInAnotherProcess();

  expect(takeLock(home)).toBeUndefined();
  other.kill("SIGKILL");
  await once(other, "exit");
  const mine = takeLock(home);
  expect(mine).toBeDefined();
  mine?.release();
});

test("a home that is no folder is a problem, not a bug", () => {
  const file = join(home, "file");
  writeFileSync(file, "");
  chmodSync(file, 0o600);

  expect(() => takeLock(join(file, "home"))).toThrow(expect.objectContaining({ code: "disk.write-failed" }));
});

async function holdInAnotherProcess(): Promise<ChildProcess> {
  const module = JSON.stringify(join(import.meta.dirname, "folder-lock.ts"));
  const script = `const { takeLock } = await import(${module});
    globalThis.lock = takeLock(${JSON.stringify(home)});
    process.stdout.write(globalThis.lock ? "held" : "refused");
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(child.stdout, "data");
  expect(String(said)).toBe("held");
  return child;
}
