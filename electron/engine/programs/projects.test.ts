import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemPython } from "../../../scripts/setup/machine.mjs";
import { openConfiguration } from "../ops/open.ts";
import { guessProject } from "./projects.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "unideck-projects-")));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(path: string, content = ""): Promise<string> {
  const whole = join(folder, path);
  await mkdir(dirname(whole), { recursive: true });
  await writeFile(whole, content, { mode: 0o755 });
  return whole;
}

describe("a JDK", () => {
  test("is its bin/java, in the whole folder, which tells its version", async () => {
    const java = await file("jdk/bin/java", "\x7fELF");
    await file("jdk/lib/server/libjvm.so", "\x7fELF");
    await symlink("jdk", join(folder, "default"));

    const guess = await guessProject(join(folder, "default"));

    expect(guess).toMatchObject({
      program: java,
      build: {
        name: "jdk",
        arguments: ["-version"],
        folders: [{ host: join(folder, "jdk"), guest: "/jdk" }],
        followLinks: true,
      },
    });
    expect(guess?.run.memoryBytes).toBeGreaterThanOrEqual(2 ** 29);
    expect((await guessProject(join(folder, "jdk"), ["-jar", "/a.jar"]))?.build.arguments).toEqual(["-jar", "/a.jar"]);
  });

  test("is none where its parts are missing, or java is a script", async () => {
    await file("half/bin/java", "\x7fELF");
    await file("wrapped/bin/java", "#!/bin/sh\n");
    await file("wrapped/lib/modules");

    expect(await guessProject(join(folder, "half"))).toBeUndefined();
    expect(await guessProject(join(folder, "wrapped"))).toBeUndefined();
  });
});

describe("a Node project", () => {
  test.each([
    ["scripts.start", { scripts: { start: "node src/serve.js" }, main: "lib.js" }, "src/serve.js"],
    ["main, where start is more than node FILE", { scripts: { start: "tsc && node a.js" }, main: "./lib" }, "lib.js"],
    ["bin", { bin: { tool: "bin/tool.js" } }, "bin/tool.js"],
    ["index.js", {}, "index.js"],
    ["index.js, where main is no text or leads out of it", { main: 7, bin: "../../etc/passwd" }, "index.js"],
  ])("starts with %s", async (_, content, entry) => {
    await file("site/package.json", JSON.stringify(content));
    for (const name of ["src/serve.js", "lib.js", "bin/tool.js", "index.js", "a.js"]) await file(`site/${name}`);

    const guess = await guessProject(join(folder, "site"), ["--quiet"]);

    expect(guess?.program).toMatch(/\/node(js)?$/);
    expect(guess?.build).toMatchObject({
      name: "site",
      arguments: [`/app/${entry}`, "--quiet"],
      folders: [{ host: join(folder, "site"), guest: "/app" }],
      manifest: { passthrough: { cwd: "/app" } },
    });
    expect(guess?.guess?.asksFor).toBeUndefined();
  });

  test("whose script is not found asks for it; packages that are not installed are named with the command", async () => {
    await file("package.json", JSON.stringify({ dependencies: { express: "5" } }));

    const guess = await guessProject(folder);

    expect(guess?.guess?.asksFor).toBe("index.js");
    expect(guess?.guess?.first?.command).toBe(`cd ${folder} && npm install`);
  });

  test("with a package.json that is damaged is one all the same", async () => {
    await file("package.json", "{");
    await file("server.js");

    expect((await guessProject(folder))?.build.arguments).toEqual(["/app/server.js"]);
  });
});

describe("a Python project", () => {
  test.each([".venv", "venv", "env"])(
    "runs in its environment %s, by its own name for the interpreter",
    async (name) => {
      const python = systemPython();
      execFileSync(python, ["-m", "venv", "--without-pip", join(folder, name)]);
      await file("main.py");

      const guess = await guessProject(folder);

      expect(guess?.program).toBe(await realpath(python));
      expect(guess?.build).toMatchObject({
        arguments: ["/app/main.py"],
        programName: `/app/${name}/bin/python`,
        manifest: { passthrough: { cwd: "/app" } },
      });
      // It stands where the environment's links lead to.
      expect(await realpath(guess?.build.programPath ?? "")).toBe(guess?.program);
      expect(guess?.build.folders[0]).toEqual({ host: folder, guest: "/app" });
      expect(guess?.build.folders[1]?.guest).toMatch(/\/lib\/python3\.\d+$/);
      expect(guess?.guess?.offers).toEqual([]);
      expect(guess?.guess?.first).toBeUndefined();
    },
  );

  test("whose environment has lost its interpreter says how to make it anew", async () => {
    await file("venv/pyvenv.cfg", "home = /nowhere\n");
    await mkdir(join(folder, "venv", "bin"));
    await symlink("/nowhere/python3", join(folder, "venv/bin/python"));

    await expect(guessProject(folder)).rejects.toMatchObject({
      code: "file.not-found",
      hint: expect.stringContaining("python3 -m venv --clear"),
    });
  });

  test("with requirements and no environment says the commands that make one", async () => {
    await file("requirements.txt", "flask\n");
    await file("app.py");

    const guess = await guessProject(folder);

    expect(guess?.build.arguments).toEqual(["/app/app.py"]);
    expect(guess?.guess?.first?.command).toContain("python3 -m venv .venv && .venv/bin/pip install -r");
  });

  test("wins over a package.json that starts nothing", async () => {
    await file("requirements.txt");
    await file("app.py");
    await file("package.json", "{}");

    expect((await guessProject(folder))?.build.arguments).toEqual(["/app/app.py"]);
  });
});

describe("a script", () => {
  test("comes with its interpreter and what belongs to that", async () => {
    const script = await file("tool.py");

    const guess = await guessProject(script, ["-v"]);

    expect(guess?.program).toMatch(/\/python3/);
    expect(guess?.build).toMatchObject({
      name: "tool",
      arguments: ["/tool.py", "-v"],
      files: [{ host: script, guest: "/tool.py" }],
    });
    expect(guess?.build.folders[0]?.guest).toMatch(/\/lib\/python3\.\d+$/);
  });

  test("whose interpreter is not here says the command that takes one from elsewhere", async () => {
    const script = await file("tool.rb", "#!/opt/ruby9/bin/ruby9\n");
    const { PATH } = process.env;
    process.env.PATH = folder;
    const guessing = guessProject(script).finally(() => {
      process.env.PATH = PATH;
    });

    // Machines that have Ruby take theirs.
    const outcome = await guessing.catch((error: unknown) => error);
    if (!(outcome instanceof Error)) return expect(outcome).toMatchObject({ build: { arguments: ["/tool.rb"] } });
    expect(outcome).toMatchObject({
      code: "file.not-found",
      message: "tool.rb is a script for ruby9, which is not on this computer",
      hint: expect.stringContaining(`--file ${script}:/tool.rb --arg /tool.rb`),
    });
  });
});

test("a folder with a configuration is opened as that, whatever else it looks like", async () => {
  await file("config.json", JSON.stringify({ Args: ["one"] }));
  await file("package.json", "{}");
  await file("index.js");

  const opened = await openConfiguration({ path: folder }, { ops: join(folder, ".ops") });

  expect(opened.guess).toBeUndefined();
  expect(opened.build.arguments).toEqual(["one"]);
});

test("any other folder or file is nothing to guess about", async () => {
  expect(await guessProject(folder)).toBeUndefined();
  expect(await guessProject(await file("notes.txt", "words"))).toBeUndefined();
  expect(await guessProject(join(folder, "nothing"))).toBeUndefined();
});
