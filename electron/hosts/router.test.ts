import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createORPCClient } from "@orpc/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { UnideckClient } from "../../shared/contract/index.ts";
import { defaultSettings } from "../../shared/contract/settings.ts";
import { type Engine, openEngine } from "../engine/engine.ts";
import { localLink } from "./local-link.ts";
import { createRouter } from "./router.ts";
import { makeTestWorld, type TestWorld } from "./test-world.ts";

let world: TestWorld;
let engine: Engine;
let client: UnideckClient;

beforeEach(async () => {
  world = await makeTestWorld();
  engine = await openEngine(world);
  client = createORPCClient(localLink(createRouter(engine)));
});
afterEach(async () => {
  await engine.close();
  await world.remove();
});

describe("an error", () => {
  test("that is a problem has its code, status, sentence and hint", async () => {
    const failing = client.images.get({ name: "none" });

    await expect(failing).rejects.toMatchObject({
      code: "image.not-found",
      status: 404,
      defined: true,
      message: expect.stringContaining("none"),
      data: { hint: expect.any(String) },
    });
  });

  test("in what was sent says which field, one line each", async () => {
    const sent = { program: "", name: "a/b", memory: 1 };

    await expect(client.images.build(sent)).rejects.toMatchObject({
      code: "args.invalid",
      status: 400,
      data: { details: expect.stringMatching(/^program: .*\nname: /) },
    });
  });

  test("that is a bug is logged, and tells nothing of the inside", async () => {
    const secret = vi.spyOn(engine.kernels, "list").mockRejectedValue(new Error("secret at /home/me"));

    const error: unknown = await client.kernels.list().catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: "engine.bug", status: 500 });
    expect(JSON.stringify(error)).not.toContain("secret");
    expect(await readFile(engine.log.path, "utf8")).toMatch(/error kernels\.list: Error: secret at/);
    secret.mockRestore();
  });

  test("in an answer of ours is a bug too", async () => {
    vi.spyOn(engine.settings, "get").mockReturnValue({
      ...defaultSettings,
      console: { fontSizePx: -1, scrollbackLines: 0, copyWithControlC: true },
    });

    await expect(client.settings.get()).rejects.toMatchObject({ code: "engine.bug" });
  });

  test("within a stream is told as any other", async () => {
    vi.spyOn(engine.tasks, "follow").mockImplementation(async function* () {
      const [task] = engine.tasks.list();
      if (task) yield task;
      throw new Error("secret");
    });
    engine.tasks.start("build", "x", async () => ({}));

    const stream = await client.tasks.follow({ id: "x" });

    expect(await stream.next()).toMatchObject({ value: { title: "x" } });
    await expect(stream.next()).rejects.toMatchObject({ code: "engine.bug" });
  });
});

describe("events", () => {
  test("begin with everything there is, and lose nothing that changes meanwhile", async () => {
    const stop = new AbortController();
    const snapshot = engine.snapshot;
    vi.spyOn(engine, "snapshot").mockImplementation(async () => {
      const taken = await snapshot();
      await engine.settings.change({ console: { fontSizePx: 20 } });
      return taken;
    });

    const events = await client.events.subscribe(undefined, { signal: stop.signal });

    expect((await events.next()).value).toMatchObject({
      type: "snapshot",
      engine: { home: world.homes.unideck, opsHome: world.homes.ops, platform: process.platform },
      settings: defaultSettings,
    });
    expect((await events.next()).value).toMatchObject({ type: "changes", settings: { console: { fontSizePx: 20 } } });
    stop.abort();
    expect((await events.next()).done).toBe(true);
  });

  test("that nobody takes are kept once a thing, not once a change", async () => {
    const stop = new AbortController();
    const events = await client.events.subscribe(undefined, { signal: stop.signal });
    await events.next();

    for (let size = 8; size <= 32; size++) await engine.settings.change({ console: { fontSizePx: size } });

    expect((await events.next()).value).toMatchObject({ settings: { console: { fontSizePx: 32 } } });
    stop.abort();
    expect((await events.next()).done).toBe(true);
  });
});

test("a file is handed over piece by piece, and then has a path that can be inspected", async () => {
  const program = await readFile(join(import.meta.dirname, "../engine/formats/fixtures/ops/input/tiny"));
  const half = program.length >> 1;

  const { id } = await client.staging.begin({ fileName: "tiny", sizeBytes: program.length });
  await client.staging.append({ id, offset: 0, bytes: program.subarray(0, half).toString("base64") });
  await client.staging.append({ id, offset: half, bytes: program.subarray(half).toString("base64") });
  const { path } = await client.staging.finish({ id });
  const inspection = await client.programs.inspect({ path });

  expect(inspection.program).toMatchObject({ fileName: "tiny", linkage: "static", sizeBytes: program.length });
});

test("the sample is where it says, or is said not to be built", async () => {
  world.resources.sample = join(world.folder, "missing");
  await expect(client.programs.sample()).rejects.toMatchObject({ code: "file.not-found" });

  world.resources.sample = process.execPath;
  expect(await client.programs.sample()).toEqual({ path: process.execPath });
});

test("a build that fails says why in its task", async () => {
  const path = join(world.folder, "script");
  await writeFile(path, "#!/bin/sh\n");

  const { id } = await client.images.build({ program: path });
  let last: unknown;
  for await (const task of await client.tasks.follow({ id })) last = task;

  expect(last).toMatchObject({ state: "failed", problem: { code: "elf.script" } });
});

test("a tilde that was typed stands for the home of the user who runs the engine", async () => {
  const before = process.env.HOME;
  process.env.HOME = world.folder;
  try {
    await writeFile(join(world.folder, "program"), "no ELF");

    await expect(client.programs.inspect({ path: "~/program" })).rejects.toMatchObject({
      message: expect.stringContaining("program"),
      code: expect.stringMatching(/^elf\./),
    });
    expect((await client.settings.change({ homes: { ops: "~/ops" } })).homes.ops).toBe(join(world.folder, "ops"));
  } finally {
    process.env.HOME = before;
  }
});
