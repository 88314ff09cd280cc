/** A home as Unideck 0.1.0 left it (testing/home-0.1.0, written by that version) is read, migrated and used. */

import { cp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { InstanceSpec } from "../../../shared/contract/instances.ts";
import { makeTestWorld, type TestWorld } from "../../hosts/test-world.ts";
import { type Engine, openEngine } from "../engine.ts";
import { readRecord } from "../images/records.ts";

/** Where its home was. */
const WRITTEN_IN = "/home/ada/.unideck";
const INSTANCE = "8825c7a402";

let world: TestWorld;
let engine: Engine;
beforeEach(async () => {
  world = await makeTestWorld();
  const home = world.homes.unideck;
  await cp(join(import.meta.dirname, "testing/home-0.1.0"), home, { recursive: true });
  for (const name of await readdir(home, { recursive: true })) {
    const path = join(home, name);
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text?.includes(WRITTEN_IN)) await writeFile(path, text.replaceAll(WRITTEN_IN, home));
  }
  await writeFile(join(home, "instances", INSTANCE, "disk.raw"), Buffer.alloc(1 << 20));
  engine = await openEngine(world);
});
afterEach(async () => {
  await engine.close();
  await world.remove();
});

test("instances, images, tasks and settings of 0.1.0 are there, with what was said of them", async () => {
  expect(engine.instances.list()).toMatchObject([
    {
      ...{ id: "8825c7a402", name: "web", state: "exited", exit: { code: 0 }, runs: 1 },
      ...{ hypervisor: "qemu", options: { machine: "q35", accelerator: "tcg" }, networks: ["shop"] },
      ports: [{ host: 18080, guest: 80 }],
    },
  ]);
  const copy = await engine.instances.duplicate("web", "again").catch((error: unknown) => error);
  // Its image is not in this home: what is asked for has come as far as that.
  expect(copy).toMatchObject({ code: "image.not-found" });

  const record = await readRecord(world.homes, "web");
  expect(record).toMatchObject({ version: 2, spec: { name: "web", ports: [80], reproducible: true } });

  const { settings, tasks } = await engine.snapshot();
  expect(settings).toMatchObject({ newInstances: { cpus: 2 }, limits: { captureBytes: 64 << 20 } });
  expect(tasks).toMatchObject([{ kind: "run", title: "Build and run web", state: "done" }]);
});

test("the record is written anew in today's form as soon as something changes", async () => {
  await engine.instances.rename("web", "shop");

  const record = JSON.parse(await readFile(join(world.homes.unideck, "instances", INSTANCE, "instance.json"), "utf8"));
  expect(record).toMatchObject({ version: 2, name: "shop" });
  expect(InstanceSpec.parse(record.spec)).toMatchObject({
    ...{ memoryBytes: 64 << 20, networks: ["shop"], hypervisor: "qemu" },
    // The accelerator was left to Unideck, and still is.
    options: { machine: "q35" },
  });
  expect(Object.keys(record)).not.toContain("wishes");
});
