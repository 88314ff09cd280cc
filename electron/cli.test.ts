/** The command line as a process: what it prints where, and with which code it ends. */

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { makeTestWorld, type TestWorld } from "./hosts/test-world.ts";

const fixtures = join(import.meta.dirname, "engine/formats/fixtures/ops/input");
const program = join(fixtures, "tiny");
const release = join(fixtures, "release");

let world: TestWorld;
beforeEach(async () => {
  world = await makeTestWorld();
});
afterEach(() => world.remove());

async function unideck(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "cli.ts"), ...args], {
    env: world.environment,
    cwd: world.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

const errorIn = (stderr: string) => JSON.parse(stderr).error;

describe("an image", () => {
  test("is built, listed, not replaced by another program's, and deleted", async () => {
    const other = join(world.folder, "other");
    await writeFile(other, await readFile(program));

    const built = await unideck("build", program, "--kernel", release, "--name", "first", "--json");
    const listed = await unideck("images", "ls", "--json");
    const refused = await unideck("build", other, "--kernel", release, "--name", "first", "--json");
    const forced = await unideck("build", other, "--kernel", release, "--name", "first", "--force");
    const removed = await unideck("images", "rm", "first");

    expect(built).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(built.stdout)).toMatchObject({ name: "first", path: join(world.homes.images, "first") });
    expect(JSON.parse(listed.stdout)).toMatchObject([{ name: "first", programState: "same" }]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(errorIn(refused.stderr)).toMatchObject({ code: "image.exists", hint: expect.any(String) });
    expect(forced).toMatchObject({ code: 0, stdout: "first\n" });
    expect(removed).toMatchObject({ code: 0, stdout: "first\n" });
    expect(await readdir(world.homes.images)).toEqual([]);
  });

  test("goes to the file that --out names, relative to where the command runs, and nowhere else", async () => {
    const built = await unideck("build", program, "--kernel", release, "-o", "my.img", "--size", "20M");

    expect(built).toMatchObject({ code: 0, stdout: `${join(world.folder, "my.img")}\n` });
    expect((await stat(join(world.folder, "my.img"))).size).toBeGreaterThanOrEqual(20 << 20);
    expect(await readdir(world.homes.images).catch(() => [])).toEqual([]);
  });

  test("tells what it is made of, and what is wrong with it", async () => {
    await unideck("build", program, "--kernel", release, "--name", "first", "--env", "GREETING=hi");

    const shown = await unideck("images", "show", "first", "--json");
    const environment = await unideck("images", "env", "first");
    const checked = await unideck("images", "check", join(world.homes.images, "first"));

    const image = await readFile(join(world.homes.images, "first"));
    expect(JSON.parse(shown.stdout)).toMatchObject({
      sha256: createHash("sha256").update(image).digest("hex"),
      program: { path: program, sizeBytes: 344 },
      build: { spec: { environment: { GREETING: "hi" } } },
    });
    expect(environment.stdout).toContain("\nGREETING=hi\n");
    expect(checked).toMatchObject({ code: 1, stdout: expect.stringMatching(/^error: boot file system: Its kernel/) });
  });

  test("shows its files, writes them out, and copies them", async () => {
    await unideck(
      "build",
      program,
      "--kernel",
      release,
      "-o",
      "my.img",
      "--dir",
      `${release}:/r`,
      "--program-path",
      "/tiny",
    );

    const listed = await unideck("images", "ls-files", "./my.img", "/r", "-R");
    const tree = await unideck("images", "tree", "./my.img", "--depth", "1");
    const contents = await unideck("images", "cat", "./my.img", "/r/klibs/ntp", "/etc/passwd");
    const copied = await unideck("images", "cp", "./my.img", "/r", "/tiny", ".");

    expect(listed.stdout).toBe("/r/boot.img\n/r/kernel.img\n/r/klibs\n/r/klibs/ntp\n");
    expect(tree.stdout).toMatch(/^\/\n {2}etc\/ {2}\d+ B\n {2}proc\/ .*\n {2}r\/ .*\n {2}tiny {2}344 B\n$/);
    expect(contents.stdout).toMatch(/^\S+\n?.*root:x:0:0/s);
    expect(copied).toMatchObject({ code: 0, stdout: "" });
    expect(await readFile(join(world.folder, "tiny"))).toEqual(await readFile(program));
    expect((await readdir(join(world.folder, "r"))).sort()).toEqual(["boot.img", "kernel.img", "klibs"]);
  });

  test("that is not there can't be run, and an image can't be changed by running it", async () => {
    await unideck("build", program, "--kernel", release, "--name", "first");

    const missing = await unideck("run", "nothing", "--json");
    const changed = await unideck("run", "first", "--arg", "x", "--env", "A=B");

    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(errorIn(missing.stderr).code).toBe("image.not-found");
    expect(changed).toMatchObject({ code: 1, stderr: expect.stringContaining("--arg, --env can't change it") });
  });
});

describe("what is asked wrongly", () => {
  test.each([
    ["no command", []],
    ["an unknown command", ["biuld", "x"]],
    ["an unknown option", ["ps", "--everything"]],
    ["a missing argument", ["build"]],
    ["a size without a number", ["build", program, "--size", "big"]],
    ["a port beyond the last", ["run", program, "--port", "99999"]],
    ["a machine that there is not", ["run", program, "--machine", "vax"]],
    ["a file without its place", ["build", program, "--file", "x"]],
  ])("%s ends with 2", async (_, args) => {
    const { code, stdout, stderr } = await unideck(...args);

    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stderr).not.toBe("");
  });

  test("is told as JSON to who asks for JSON", async () => {
    const { code, stderr } = await unideck("build", program, "--size", "big", "--json");

    expect(code).toBe(2);
    expect(errorIn(stderr)).toMatchObject({ code: "args.invalid", message: expect.stringContaining("--size") });
  });

  test.each([
    [["stop", "nobody"], "instance.not-found"],
    [["logs", "nobody"], "instance.not-found"],
    [["rm", "nobody"], "instance.not-found"],
    [["images", "rm", "nobody"], "image.not-found"],
    [["images", "show", "nobody"], "image.not-found"],
    [["images", "tree", "./nobody"], "image.not-found"],
    [["images", "cat", program, "/x"], "image.damaged"],
    [["images", "cp", "nobody", "/x"], "args.invalid"],
    [["images", "cp", "nobody", "/x", "."], "image.not-found"],
    [["inspect", "nobody"], "file.not-found"],
    [["inspect", "."], "file.is-directory"],
    [["build", program, "--kernel", "./nowhere"], "kernel.not-found"],
    [["build", program, "--name", "a b"], "image.name"],
  ])("%j ends with 1 and a code", async (args, problem) => {
    const { code, stdout, stderr } = await unideck(...args, "--json");

    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(errorIn(stderr)).toMatchObject({ code: problem, message: expect.stringMatching(/./) });
  });
});

test("help goes to standard output, and is no error", async () => {
  const { code, stdout, stderr } = await unideck("--help");

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  for (const command of ["build", "run", "ps", "logs", "stop", "rm", "images", "kernels", "inspect", "doctor", "serve"])
    expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, "m"));
});

test("help names a command, or one of a group's", async () => {
  const [build, create, unknown] = await Promise.all([
    unideck("help", "build"),
    unideck("help", "network", "create"),
    unideck("help", "nothing"),
  ]);

  expect(build).toMatchObject({ code: 0, stdout: expect.stringContaining("--reproducible"), stderr: "" });
  expect(create).toMatchObject({ code: 0, stdout: expect.stringContaining("unideck network create") });
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("unknown command 'nothing'") });
});

test("a home that can't be written is said in a sentence", async () => {
  await writeFile(join(world.folder, "home"), "a file where the home should be");

  const { code, stderr } = await unideck("ps", "--json");

  expect(code).toBe(1);
  expect(errorIn(stderr)).toMatchObject({ code: "disk.write-failed", message: expect.stringContaining("home") });
});
