import { type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { launch, launchCommand, ownWords } from "./launch.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "unideck-launch-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Prints its descriptors, those that `ls` opens itself left out. */
const LIST = ["-c", "cd /proc/self/fd; for fd in *; do [ -e $fd ] && echo $fd; done; echo done"];

describe("a program that is launched", () => {
  test("has no descriptor but those that it was given, whatever its parent left open", async () => {
    const file = openSync(join(folder, "file"), "w");
    // As Chromium would: dozens of descriptors that nobody meant for the child.
    const leaked: StdioOptions = ["ignore", "pipe", "inherit", ...Array<number>(40).fill(file)];
    const listOf = async (command: string[]) => {
      const child = spawn(command[0] ?? "", command.slice(1), { stdio: leaked });
      const text: Buffer[] = [];
      child.stdout?.on("data", (piece: Buffer) => text.push(piece));
      await once(child, "close");
      const lines = Buffer.concat(text).toString().split("\n");
      return lines.filter((line) => /^\d+$/.test(line)).map(Number);
    };

    const bare = await listOf(["/bin/sh", ...LIST]);
    const launched = await listOf(launchCommand("/bin/sh", LIST, 2));
    const withOne = await listOf(launchCommand("/bin/sh", LIST, 3));
    closeSync(file);

    expect(bare).toContain(42);
    expect(launched.filter((fd) => fd > 2 && fd < 40)).toEqual([]);
    expect(withOne.filter((fd) => fd > 2 && fd < 40)).toEqual([3]);
  });

  test("keeps its process id, its words as they are, and reads no file that the environment names", async () => {
    writeFileSync(join(folder, "env"), "echo from a file");
    const words = ["-c", 'echo $$; printf "%s|" "$@"', "sh", "a b", "'\"$(exit 9);*"];
    const env = { ...process.env, BASH_ENV: join(folder, "env"), ENV: join(folder, "env") };

    const out = openSync(join(folder, "out"), "w");
    const child = launch("/bin/sh", words, { stdio: ["ignore", out, "inherit"], env });
    await once(child, "close");
    closeSync(out);

    expect(readFileSync(join(folder, "out"), "utf8")).toBe(`${child.pid}\na b|'"$(exit 9);*|`);
  });

  test("that does not exist is an error of the child, as always", async () => {
    const child = launch(join(folder, "nothing"), [], { stdio: ["ignore", "ignore", "ignore"] });

    const [error] = await once(child, "error");

    expect(error).toMatchObject({ code: "ENOENT" });
  });

  test("is known by its own words before it runs", () => {
    const command = launchCommand("/bin/sh", ["-pidfile", "x"], 5);

    expect(command.length).toBeGreaterThan(3);
    expect(ownWords(command)).toEqual(["/bin/sh", "-pidfile", "x"]);
    expect(ownWords(["/bin/sh", "-pidfile", "x"])).toEqual(["/bin/sh", "-pidfile", "x"]);
  });
});
