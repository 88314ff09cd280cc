/** What is built is what runs: a preload that needs `electron` alone, and a command line without its sources or packages. */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveConfig } from "electron-vite";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const root = join(import.meta.dirname, "..");
/** A package as it is after a build, without sources and node_modules. */
let built: string;

beforeAll(async () => {
  built = mkdtempSync(join(tmpdir(), "unideck-bundle-"));
  const inline = { root, logLevel: "error", build: { outDir: join(built, "out") } } as const;
  const { config } = await resolveConfig(inline, "build", "production");
  await build({ ...config?.main, configFile: false });
  await build({ ...config?.preload, configFile: false });
  for (const part of ["package.json", "bin"]) cpSync(join(root, part), join(built, part), { recursive: true });
}, 60_000);
afterAll(() => rmSync(built, { recursive: true, force: true }));

/** What a bundle asks for when it runs. */
function requiredBy(file: string): string[] {
  const source = readFileSync(join(built, "out", file), "utf8");
  const patterns = [/\brequire\(\s*["'`]([^"'`]+)/g, /\bfrom\s*["']([^"']+)["']/g, /\bimport\(?\s*["']([^"']+)["']/g];
  return patterns.flatMap((pattern) => [...source.matchAll(pattern)].map(([, name = ""]) => name));
}

test("the preload is one file that requires electron and nothing else", () => {
  expect(readdirSync(join(built, "out/preload"))).toEqual(["preload.cjs"]);
  expect(new Set(requiredBy("preload/preload.cjs"))).toEqual(new Set(["electron"]));
  expect(readFileSync(join(built, "out/preload/preload.cjs"), "utf8")).not.toMatch(/\bimport\b[\s(]/);
});

test("the main process brings all that it needs, but Electron and Node", () => {
  const known = [...builtinModules, ...builtinModules.map((name) => `node:${name}`), "node:sqlite", "electron"];

  const asked = requiredBy("main/main.js");

  expect(asked.filter((name) => !name.startsWith(".") && !known.includes(name))).toEqual([]);
  expect(asked).toContain("electron");
});

test.each(["switch", "keeper"])("the %s is a program of its own, with all that it needs", (name) => {
  const known = [...builtinModules, ...builtinModules.map((name) => `node:${name}`), "node:sqlite"];

  const asked = requiredBy(`main/${name}.js`);

  expect(asked.filter((one) => !one.startsWith(".") && !known.includes(one))).toEqual([]);
});

describe("bin/unideck", () => {
  const run = (file: string, args: string[], path = process.env.PATH, timeout?: number) =>
    spawnSync(file, args, {
      encoding: "utf8",
      timeout,
      killSignal: "SIGKILL",
      env: { PATH: path, UNIDECK_HOME: join(built, "home"), OPS_HOME: built },
    });
  const withNode = () => `${join(process.execPath, "..")}:${process.env.PATH}`;

  test("runs through links, with nothing but what was built", () => {
    symlinkSync(join(built, "bin/unideck"), join(built, "near"));
    symlinkSync("near", join(built, "far"));

    const version = run(join(built, "far"), ["--version"], withNode());
    const list = run(join(built, "far"), ["ps", "--json"], withNode());

    const { version: expected } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(version).toMatchObject({ status: 0, stdout: `${expected}\n`, stderr: "" });
    expect(list).toMatchObject({ status: 0, stdout: "[]\n", stderr: "" });
    // What was compiled is kept where nobody else could put anything.
    expect(statSync(join(built, "home/compiled")).mode & 0o777).toBe(0o700);
  });

  test("loads neither schemas nor fetch to ask an engine in another process", async () => {
    const probe = join(built, "probe.cjs");
    const loaded = join(built, "loaded");
    const tellLoaded = `process.on("exit", () =>
      require("node:fs").writeFileSync(${JSON.stringify(loaded)}, JSON.stringify([
        Object.keys(require.cache), process.moduleLoadList])));`;
    writeFileSync(probe, tellLoaded);
    const env = { PATH: withNode(), UNIDECK_HOME: join(built, "asked"), OPS_HOME: built };
    const engine = spawn(join(built, "bin/unideck"), ["serve", "--port", "0"], {
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ask = (...args: string[]) => {
      const environment = { ...env, NODE_OPTIONS: `--require=${probe}` };
      const { stdout } = spawnSync(join(built, "bin/unideck"), args, { encoding: "utf8", env: environment });
      const [files, parts] = z
        .tuple([z.array(z.string()), z.array(z.string())])
        .parse(JSON.parse(readFileSync(loaded, "utf8")));
      const own = files.filter((file) => file.startsWith(built));
      const schemas = own.filter((file) => readFileSync(file, "utf8").includes("ZodObject"));
      return { stdout, own: own.length, schemas, fetch: parts.filter((part) => part.includes("undici/undici")) };
    };
    try {
      await once(engine.stdout, "data");

      expect(ask("ps", "--json")).toMatchObject({ stdout: "[]\n", schemas: [], fetch: [] });
      expect(ask("build", "/missing").schemas).toEqual([]);
      expect(ask("run", "/missing").schemas).toEqual([]);
      expect(ask("run", "/missing").own).toBeGreaterThan(10);
    } finally {
      engine.kill("SIGTERM");
      await once(engine, "exit");
    }
  });

  test("ends when it is done, whatever is being compiled and however little memory is free", {
    timeout: 60_000,
  }, () => {
    const busy = join(built, "busy");
    cpSync(join(root, "bin"), join(busy, "bin"), { recursive: true });
    mkdirSync(join(busy, "out/main"), { recursive: true });
    writeFileSync(join(busy, "out/main/cli.js"), busyToTheEnd);

    for (let i = 0; i < 5; i++)
      expect(run(join(busy, "bin/unideck"), [], withNode(), 20_000)).toMatchObject({ status: 3, signal: null });
  });

  test("says what to do where there is no Node, or where nothing is built", () => {
    const tools = mkdtempSync(join(built, "tools-"));
    symlinkSync(which("readlink"), join(tools, "readlink"));
    rmSync(join(built, "bare"), { recursive: true, force: true });
    cpSync(join(root, "bin"), join(built, "bare/bin"), { recursive: true });

    const noNode = spawnSync("/bin/sh", [join(built, "bin/unideck"), "ps"], { encoding: "utf8", env: { PATH: tools } });
    const notBuilt = run(join(built, "bare/bin/unideck"), ["ps"], withNode());

    expect(noNode).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("error: Node is not on") });
    expect(notBuilt).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("npm start") });
  });

  test("in a package runs the package's own files, by its Electron or the Node that UNIDECK_NODE names", () => {
    for (const [resources, desktop] of [
      ["linux/resources", "linux/unideck-desktop"],
      ["Mac.app/Contents/Resources", "Mac.app/Contents/MacOS/unideck-desktop"],
    ] as const) {
      const at = (path: string) => join(built, "packages", path);
      cpSync(join(root, "bin"), at(`${resources}/bin`), { recursive: true });
      const entry = at(`${resources}/app.asar.unpacked/out/main/cli.js`);
      mkdirSync(join(entry, ".."), { recursive: true });
      writeFileSync(entry, "");
      mkdirSync(join(at(desktop), ".."), { recursive: true });
      const say = (who: string) => `#!/bin/sh\nprintf '%s\\n' "${who} \${ELECTRON_RUN_AS_NODE:-no}" "$@"\n`;
      writeFileSync(at(desktop), say("desktop"), { mode: 0o755 });
      writeFileSync(at("node"), say("node"), { mode: 0o755 });
      const unideck = at(`${resources}/bin/unideck`);
      const start = (node?: string) =>
        spawnSync("/bin/sh", [unideck, "ps", "a b"], {
          encoding: "utf8",
          env: { PATH: process.env.PATH, ...(node !== undefined && { UNIDECK_NODE: node }) },
        });
      const wordsOf = (stdout: string) => stdout.trimEnd().split("\n");

      const [desktopSays = "", ...desktopWords] = wordsOf(start().stdout);
      const [nodeSays = "", ...nodeWords] = wordsOf(start(at("node")).stdout);

      expect([desktopSays, nodeSays]).toEqual(["desktop 1", "node no"]);
      expect(desktopWords.map((word) => (word.includes("cli.js") ? realpathSync(word) : word)).slice(-3)).toEqual([
        realpathSync(entry),
        "ps",
        "a b",
      ]);
      expect(nodeWords).toEqual(desktopWords);
      expect(start(at("nothing"))).toMatchObject({ status: 1, stderr: expect.stringContaining("UNIDECK_NODE") });
      rmSync(at(desktop));
      expect(start()).toMatchObject({ status: 1, stderr: expect.stringContaining("unideck-desktop is missing") });
    }
  });

  test("does not start with a Node that is too old for the engine's lock", () => {
    const tools = mkdtempSync(join(built, "tools-"));
    // This Node, which says that it is another, and counts how often it is started.
    const lie = `Object.defineProperty(process, "version", { value: "v22.12.0" });
      Object.defineProperty(process, "versions", { value: { ...process.versions, node: "22.12.0" } });
      require("node:fs").appendFileSync(${JSON.stringify(join(tools, "starts"))}, "x");`;
    writeFileSync(join(tools, "lie.cjs"), lie);
    const node = `#!/bin/sh\nexec '${process.execPath}' --require '${join(tools, "lie.cjs")}' "$@"\n`;
    writeFileSync(join(tools, "node"), node, { mode: 0o755 });

    const outcome = spawnSync("/bin/sh", [join(built, "bin/unideck"), "ps"], {
      encoding: "utf8",
      env: { PATH: tools },
    });

    expect(outcome).toMatchObject({ status: 1, stdout: "" });
    expect(outcome.stderr).toContain("error: Node v22.12.0 is too old: Unideck needs 22.13 or newer\n");
    expect(readFileSync(join(tools, "starts"), "utf8")).toBe("x");
  });
});

const which = (tool: string) => spawnSync("/bin/sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).stdout.trim();

/** A program that makes many functions hot, and garbage, up to its very end. */
const busyToTheEnd = `
  const functions = Array.from({ length: 400 }, (_, i) => new Function("list", "n", \`
    let sum = \${i};
    for (let k = 0; k < list.length; k++) { sum += list[k] * n + \${i}; if (sum > 1e9) sum -= 1e9; }
    const found = { sum, n, i: \${i} };
    return [found.sum + found.n, found.i, sum % 7].map((v) => v + 1).reduce((p, q) => p + q, \${i});\`));
  const list = Array.from({ length: 40 }, (_, i) => i);
  const kept = [];
  for (let n = 0, total = 0; n < 60; n++)
    for (const each of functions) {
      total += each(list, n);
      if (n % 8 === 0) kept.push({ n, total });
    }
  process.exit(3);
`;
