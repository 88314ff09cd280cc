/**
 * What other languages' runtimes do by themselves: Go's and Rust's programs, built here by the machine's compilers, and
 * Perl and Lua. Each behaves as on Linux.
 */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { rustCompiler } from "../scripts/setup/machine.mjs";
import { onLinux, onPith } from "./support/guest.ts";
import { goProgram } from "./support/programs.ts";
import { findPython } from "./support/python.ts";
import { root, World } from "./support/world.ts";

const sources = join(root, "e2e", "programs");

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

function buildRust(name: string): string {
  const path = world.path(name);
  execFileSync(rustCompiler() ?? "rustc", ["--edition=2021", "-O", "-o", path, join(sources, `${name}.rs`)], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return path;
}

test("a Go program asks what kernel it runs on, and hears: Pith", async () => {
  const path = goProgram(world, "uname");

  const { code, said } = await onPith(world, path);

  expect({ code, said }).toEqual({ code: 0, said: "Pith\n" });
});

test("Go collects garbage, preempts goroutines by signals, and has its timers, channels and panics", async () => {
  const path = goProgram(world, "runtime");

  const { code, said } = await onPith(world, path);

  expect(code).toBe(23);
  expect({ code, said }).toEqual(onLinux(path));
});

test("Go's file server serves files whole and in part, to several at once, through a Unix socket", async () => {
  // Nothing of net/http may be compiled yet.
  test.setTimeout(180_000);
  const path = goProgram(world, "files");

  const { code, said } = await onPith(world, path, { run: ["--memory", "256M"] });

  expect(said).toContain("/large: 200 OK 1000003");
  expect({ code, said }).toEqual(onLinux(path));
});

test("Rust's threads, channels, locks and panics behave as on Linux", async () => {
  const path = buildRust("threads");

  const { code, said } = await onPith(world, path);

  expect(code).toBe(24);
  expect({ code, said }).toEqual(onLinux(path));
});

test("Perl runs a script with an alarm and files", async () => {
  const script = join(sources, "words.pl");
  // What a script uses at all is in the package of perl itself, in a folder that perl knows.
  const folder = "/usr/lib/x86_64-linux-gnu/perl-base";

  const { code, said } = await onPith(world, "/usr/bin/perl", {
    arguments: ["/words.pl"],
    run: ["--file", `${script}:/words.pl`, "--dir", `${folder}:${folder}`],
  });

  expect(code).toBe(25);
  expect({ code, said }).toEqual(onLinux("/usr/bin/perl", { arguments: [script] }));
});

test("Lua runs a script with coroutines and files", async () => {
  const script = join(sources, "words.lua");
  const lua = "/usr/bin/lua5.4";

  const { code, said } = await onPith(world, lua, {
    arguments: ["/words.lua", "an argument"],
    run: ["--file", `${script}:/words.lua`],
  });

  expect(code).toBe(26);
  expect({ code, said }).toEqual(onLinux(lua, { arguments: [script, "an argument"] }));
});

test("an interpreter is built with what belongs to it, or a note says how", async () => {
  const { python } = findPython();

  const without = await world.unideck(["build", python, "--name", "bare"]);
  const code = "import json; print(json.dumps({'a': 1}))";
  const run = await world.unideck([
    "run",
    python,
    "--name",
    "whole",
    "--with-runtime",
    "--arg",
    "-c",
    "--arg",
    code,
    "--rm",
  ]);

  expect(without.stderr).toMatch(/--with-runtime adds Python 3\.\d+'s standard library \([\d.]+ MiB\)/);
  expect(run.stdout).toContain('{"a": 1}');
  expect(run.code).toBe(0);
});
