/** `-c CONFIG` as a person uses it: what the built image's record says in the end. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BuildRecord } from "../../shared/contract/images.ts";
import { makeTestWorld, type TestWorld } from "../hosts/test-world.ts";

const fixtures = join(import.meta.dirname, "../engine/formats/fixtures/ops/input");
const program = join(fixtures, "tiny");
const release = join(fixtures, "release");

let world: TestWorld;
beforeEach(async () => {
  world = await makeTestWorld();
});
afterEach(() => world.remove());

async function unideck(args: string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../cli.ts"), ...args], {
    env: { ...world.environment, ...environment },
    cwd: world.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

async function writeConfig(folder: string, config: unknown): Promise<string> {
  await mkdir(join(world.folder, folder), { recursive: true });
  const path = join(world.folder, folder, "config.json");
  await writeFile(path, JSON.stringify(config));
  return path;
}

async function specIn(image: string) {
  const record = await readFile(join(world.homes.imageRecords, `${image}.json`), "utf8");
  return BuildRecord.parse(JSON.parse(record)).spec;
}

const config = {
  Args: ["from", "the", "file"],
  Env: { A: "file", B: "file" },
  Klibs: ["ntp"],
  BaseVolumeSz: "32m",
  NanosVersion: "0.0.9",
  RunConfig: { Ports: ["80"], ImageName: "named" },
};

test("the command line wins over the configuration; what it does not say is taken from there", async () => {
  const path = await writeConfig("conf", config);
  const kernel = ["--kernel", release];

  const plain = await unideck(["build", program, "-c", path, ...kernel]);
  const flags = ["--name", "other", "--arg", "x", "--env", "B=flag", "--size", "40M", "--reproducible"];
  const changed = await unideck(["build", program, "-c", path, ...kernel, ...flags]);

  expect([plain.stderr, plain.stdout, changed.stdout]).toEqual([expect.anything(), "named\n", "other\n"]);
  expect(await specIn("named")).toMatchObject({
    typedProgram: program,
    arguments: config.Args,
    environment: config.Env,
    klibs: ["ntp"],
    sizeBytes: 32 << 20,
    ports: [80],
    kernel: release,
  });
  expect(await specIn("other")).toMatchObject({
    arguments: ["x"],
    environment: { A: "file", B: "flag" },
    klibs: ["ntp"],
    sizeBytes: 40 << 20,
    reproducible: true,
  });
});

test("a folder with a configuration is built as that; warnings are told", async () => {
  await writeConfig("conf", { Program: "app", Kernel: join(release, "kernel.img"), Files: ["data"], Odd: 1 });
  await copyFile(program, join(world.folder, "conf/app"));
  await writeFile(join(world.folder, "conf/data"), "some");

  const built = await unideck(["build", "./conf"]);

  expect(built).toMatchObject({
    code: 0,
    stdout: "app\n",
    stderr: expect.stringContaining("note: Odd is not an OPS key"),
  });
  expect(await specIn("app")).toMatchObject({
    program: join(world.folder, "conf/app"),
    typedProgram: "app",
    files: [{ host: join(world.folder, "conf/data"), guest: "/data" }],
  });
});

test("a package is built by the bare name of its folder; arguments follow its own, a configuration is merged", async () => {
  await mkdir(join(world.folder, "pk_1.0"));
  await copyFile(program, join(world.folder, "pk_1.0/app"));
  await writeFile(
    join(world.folder, "pk_1.0/package.manifest"),
    JSON.stringify({ Program: "pk_1.0/app", Args: ["app", "-x"] }),
  );
  await writeFile(join(world.folder, "c.json"), JSON.stringify({ Args: ["-y"], Env: { A: "b" } }));
  const build = async (name: string, ...more: string[]) => {
    const { code, stderr } = await unideck(["build", "pk_1.0", "--kernel", release, "--name", name, ...more]);
    expect([code, stderr]).toEqual([0, expect.anything()]);
    return await specIn(name);
  };

  expect(await build("bare")).toMatchObject({ programName: "app", programPath: "/app", arguments: ["-x"] });
  expect(await build("more", "--arg", "q")).toMatchObject({ arguments: ["-x", "q"] });
  expect(await build("merged", "-c", "c.json")).toMatchObject({ arguments: ["-x", "-y"], environment: { A: "b" } });
});

test("variables and defaults are those of who calls", async () => {
  const path = await writeConfig("conf", { Env: { WHO: "$CALLER" } });
  const defaults = await writeConfig("defaults", { Args: ["by default"] });

  await unideck(["build", program, "-c", path, "--kernel", release, "--name", "filled"], {
    ...{ CALLER: "me", ops_render_config: "true", OPS_DEFAULT_CONFIG: defaults },
  });

  expect(await specIn("filled")).toMatchObject({ arguments: ["by default"], environment: { WHO: "me" } });
});

test("a wrong configuration, and one that names no program where none is given, fail with the reason", async () => {
  const wrong = await writeConfig("wrong", { Args: 5 });
  const empty = await writeConfig("empty", {});

  const refused = await unideck(["build", program, "-c", wrong, "--json"]);
  const lost = await unideck(["run", "-c", empty, "--json"]);

  expect([refused.code, lost.code]).toEqual([1, 1]);
  expect(JSON.parse(refused.stderr).error).toMatchObject({
    code: "config.invalid",
    message: "config.json: Args has a value of the wrong kind",
    hint: expect.stringContaining("Args"),
  });
  expect(JSON.parse(lost.stderr).error).toMatchObject({ code: "args.invalid", message: "No program was given" });
});
