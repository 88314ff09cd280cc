import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { spawnTethered } from "./tethered.ts";

/** Of a process that lives; a zombie is nobody's burden. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A shell that says its number and then sleeps in its own process. */
const SLEEPER = ["-c", "echo $$ >&2; exec sleep 1000"];

test("a program has its status, or the signal's", async () => {
  const ended = async (script: string) =>
    (await once(spawnTethered("sh", ["-c", script], { stderr: "inherit" }).process, "close"))[0];

  expect(await Promise.all(["exit 0", "exit 3", "kill -9 $$"].map(ended))).toEqual([0, 3, 137]);
});

test("a program's arguments are its own, whatever is in them", async () => {
  const word = `a b'"$(exit 9);*`;
  const { process: child } = spawnTethered("printf", ["%s|%s", word, ""], { stderr: "inherit" });

  expect(await once(child, "close")).toEqual([0, null]);
});

test("what is ended has ended when its shell has", async () => {
  const tethered = spawnTethered("sh", SLEEPER, { stderr: "pipe" });
  const [said] = await once(tethered.process.stderr ?? process.stdin, "data");
  const pid = Number(String(said));
  expect(isAlive(pid)).toBe(true);

  tethered.end();

  expect(await once(tethered.process, "close")).toEqual([137, null]);
  expect(isAlive(pid)).toBe(false);
});

test("what a process that is killed has started ends with it", async () => {
  const module = join(import.meta.dirname, "tethered.ts");
  const script = `
    import { spawnTethered } from ${JSON.stringify(module)};
    const { process: child } = spawnTethered("sh", ${JSON.stringify(SLEEPER)}, { stderr: "pipe" });
    child.stderr.on("data", (text) => process.stdout.write(String(child.pid) + " " + text));
  `;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = await once(parent.stdout, "data");
  const pids = String(said).trim().split(" ").map(Number);
  expect(pids.map(isAlive)).toEqual([true, true]);

  parent.kill("SIGKILL");

  await expect.poll(() => pids.filter(isAlive), { timeout: 20_000 }).toEqual([]);
});
