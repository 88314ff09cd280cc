/** What a command writes to a terminal: names and texts that others made can't steer it. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTestWorld, type TestWorld } from "../hosts/test-world.ts";

const fixtures = join(import.meta.dirname, "../engine/formats/fixtures/ops/input");
const program = join(fixtures, "tiny");
const release = join(fixtures, "release");
/** A title, the clipboard, a clear screen by C1, a name that reads backwards, a line of its own. */
const HOSTILE = "a\x1b]0;t\x07\x1b]52;c;cm0=\x07\u009b2J\u202etxt\nroot";
const STEERS = /[^\P{Cc}\n\t]|\p{Bidi_Control}/u;

let world: TestWorld;
beforeEach(async () => {
  world = await makeTestWorld();
});
afterEach(() => world.remove());

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function finish(command: string, args: string[], environment = world.environment): Promise<Ended> {
  const child = spawn(command, args, { env: environment, cwd: world.folder, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

const entry = join(import.meta.dirname, "../cli.ts");
const unideck = (...args: string[]) => finish(process.execPath, [entry, ...args]);

describe("names and texts from outside", () => {
  test.each([
    ["a program that is not there", ["build", `./${HOSTILE}`]],
    ["an image that is not there", ["images", "show", HOSTILE]],
    ["an instance that is not there", ["logs", HOSTILE]],
    ["an instance to be stopped", ["stop", HOSTILE]],
    ["a kernel that is not there", ["kernels", "show", HOSTILE]],
    ["a network's name", ["network", "create", HOSTILE]],
    ["a command", [HOSTILE]],
    ["an option", [`--${HOSTILE}`]],
    ["an option's value", ["run", program, "--machine", HOSTILE]],
  ])("are visible in an error: %s", async (_, args) => {
    const plain = await unideck(...args);
    const json = await unideck(...args, "--json");

    expect(plain.code).not.toBe(0);
    expect(plain.stderr).not.toMatch(STEERS);
    expect(plain.stderr).not.toMatch(/^root/m);
    expect(json.stderr).not.toMatch(STEERS);
    expect(JSON.parse(json.stderr)).toMatchObject({ error: { message: expect.any(String) } });
  });

  test("are visible in notes and errors about a configuration", async () => {
    const config = { Program: program, Args: [HOSTILE], [HOSTILE]: 1, Env: { [HOSTILE]: HOSTILE }, Files: [HOSTILE] };
    await writeFile(join(world.folder, "config.json"), JSON.stringify(config));

    const { stdout, stderr } = await unideck("build", "-c", "config.json", "--kernel", release);

    expect(stderr).toContain("\\x1b");
    expect(stdout + stderr).not.toMatch(STEERS);
    expect(stdout + stderr).not.toMatch(/^root/m);
  });

  test("are visible in lists, and exact in JSON", async () => {
    await unideck("build", program, "--kernel", release, "--name", "good", "--env", `X=${HOSTILE}`, "--arg", HOSTILE);
    await copyFile(join(world.homes.images, "good"), join(world.homes.images, HOSTILE));

    const lists = [
      ["images", "ls"],
      ["images", "show", "good"],
      ["images", "env", "good"],
      ["images", "tree", "good"],
    ];
    for (const list of lists) {
      const [plain, json] = await Promise.all([unideck(...list), unideck(...list, "--json")]);
      expect(plain.code).toBe(0);
      expect(plain.stdout).not.toMatch(STEERS);
      expect(plain.stdout).not.toMatch(/^root/m);
      expect(json.stdout).not.toMatch(STEERS);
      JSON.parse(json.stdout);
    }
    const { stdout } = await unideck("images", "env", "good", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ X: HOSTILE });
  });
});

describe.skipIf(process.platform !== "linux")("a file of an image", () => {
  const contents = Buffer.from(`${HOSTILE}\x1b[31mred\xff\x00\n`, "latin1");

  beforeEach(async () => {
    await writeFile(join(world.folder, "file"), contents);
    await unideck("build", program, "--kernel", release, "--name", "x", "--file", "file:/file");
  });

  /** `script` runs it at a terminal of its own. */
  const atTerminal = async (...args: string[]) => {
    const words = [process.execPath, entry, ...args].map((word) => `'${word}'`).join(" ");
    return await finish("script", ["-qec", words, "/dev/null"], { ...world.environment, SHELL: "/bin/sh" });
  };

  test("comes to a terminal as text and colours, into a pipe to the byte", async () => {
    const terminal = await atTerminal("images", "cat", "x", "/file");
    const piped = await finish("/bin/sh", [
      "-c",
      `'${process.execPath}' '${entry}' images cat x /file > copied && cmp file copied`,
    ]);

    expect(terminal.stdout).toContain("\x1b[31mred\\xff");
    expect(terminal.stdout.replaceAll("\x1b[31m", "").replaceAll("\x1b[0m", "").replaceAll("\r", "")).not.toMatch(
      STEERS,
    );
    expect(terminal.stdout).toContain("--raw");
    expect(piped).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("comes to a terminal as it is with --raw", async () => {
    expect((await atTerminal("images", "cat", "x", "/file", "--raw")).stdout).toContain("\x1b]52;c;cm0=\x07");
  });
});
