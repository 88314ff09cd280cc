import { chmod, mkdir, mkdtemp, readdir, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runtimeFor } from "./runtimes.ts";

let prefix: string;
beforeEach(async () => {
  prefix = await realpath(await mkdtemp(join(tmpdir(), "unideck-runtimes-")));
});
afterEach(() => rm(prefix, { recursive: true, force: true }));

/** A program of this prefix: it is known by its name, its place and its first bytes. */
async function program(path: string): Promise<string> {
  const whole = join(prefix, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, "\x7fELF", { mode: 0o755 });
  return whole;
}

async function file(path: string, content: string): Promise<string> {
  const whole = join(prefix, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, content);
  return whole;
}

describe("what belongs to an interpreter", () => {
  test("is Python's standard library, of its own version, found through links, with its size", async () => {
    await program("bin/python3.11");
    await symlink("python3.11", join(prefix, "bin/python3"));
    await file("lib/python3.11/os.py", "0123456789");
    await file("lib/python3.11/json/__init__.py", "01234");
    await file("lib/python3.12/os.py", "another one");

    const folder = join(prefix, "lib/python3.11");
    expect((await runtimeFor(join(prefix, "bin/python3"))).companion).toEqual({
      title: "Python 3.11's standard library",
      folders: [{ host: folder, guest: folder }],
      sizeBytes: 15,
    });
  });

  test("is the whole folder of a JDK", async () => {
    const java = await program("jdk/bin/java");
    await file("jdk/lib/modules", "modules");

    expect((await runtimeFor(java)).companion?.folders).toEqual([
      { host: join(prefix, "jdk"), guest: join(prefix, "jdk") },
    ]);
  });

  test("is joined by Debian's packages for Debian's own Python, and no other", async () => {
    expect((await runtimeFor(await program("bin/python3.11"))).offers).toBeUndefined();
    const hasPackages = (await readdir("/usr/lib/python3/dist-packages").catch(() => [])).length > 0;
    const hasPython = (await realpath("/usr/bin/python3").catch(() => "")).startsWith("/usr/bin/");

    const offers = (await runtimeFor("/usr/bin/python3")).offers ?? [];

    const folders = offers.flatMap((offer) => offer.folders.map(({ guest }) => guest));
    expect(folders.includes("/usr/lib/python3/dist-packages")).toBe(hasPackages && hasPython);
  });

  test("is nothing for other programs, nor where it is not there", async () => {
    expect(await runtimeFor(await program("bin/server"))).toEqual({});
    expect(await runtimeFor(await program("bin/ruby"))).toEqual({});
    expect(await runtimeFor(join(prefix, "nothing"))).toEqual({});
  });
});

describe("a script", () => {
  let path: string | undefined;
  beforeEach(async () => {
    path = process.env.PATH;
    process.env.PATH = join(prefix, "bin");
    const python = await program("bin/python3.11");
    await symlink(python, join(prefix, "bin/python3"));
  });
  afterEach(() => {
    process.env.PATH = path;
  });

  test.each([
    ["app", "#!/usr/bin/env python3\nprint()"],
    ["app", "#! /opt/none/python3.11 -u\n"],
    ["app.py", "print()"],
    ["APP.PY", "#!/bin/sh\n"],
  ])("%j with %j is run by the interpreter of this host", async (name, content) => {
    const { interpreter } = await runtimeFor(await file(name, content));

    expect(interpreter).toEqual({ name: "python3.11", path: join(prefix, "bin/python3.11") });
  });

  test("of a language that is not known has none, and a wrapper is no interpreter", async () => {
    await chmod(await file("bin/php", "#!/bin/sh\n"), 0o755);

    expect(await runtimeFor(await file("app", "#!/bin/sh\n"))).toEqual({});
    const { interpreter } = await runtimeFor(await file("a.php", "<?php"));
    expect(interpreter?.path).not.toBe(join(prefix, "bin/php"));
  });
});
