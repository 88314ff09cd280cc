import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { EventHub } from "../../lib/event-hub.ts";
import { Bridges } from "./bridges.ts";
import { BridgeHelper } from "./helper.ts";
import { NetworkNamespace } from "./namespace.testing.ts";
import { readSpec, writeSpec } from "./spec-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-bridges-"));
});
afterEach(() => rm(folder, { recursive: true }));

const wish = { name: "br0", seats: 2 };

test("a bridge whose undoing was refused is kept, wish and all", async () => {
  const [helper, file] = [join(folder, "helper"), join(folder, "bridges.json")];
  await writeFile(helper, "#!/bin/sh\nexit 126\n");
  await chmod(helper, 0o755);
  await writeSpec(file, [wish]);
  const undo = `
    import { EventHub } from "${join(import.meta.dirname, "../../lib/event-hub.ts")}";
    import { Bridges } from "${join(import.meta.dirname, "bridges.ts")}";
    import { BridgeHelper } from "${join(import.meta.dirname, "helper.ts")}";
    const helper = new BridgeHelper("${helper}", { isRoot: true });
    const others = { events: new EventHub(), platform: "linux", alive: () => [], warn: console.error };
    const bridges = new Bridges({ ...others, file: "${file}", helper });
    await bridges.open();
    console.log(await bridges.undo("br0", { force: false, by: "engine" }).catch(({ code }) => code));`;
  const machine = await NetworkNamespace.create();
  const made = "/run/unideck/network/br0";
  await machine.run("sh", "-c", `mkdir -p ${made} && echo confirmed >${made}/state`);

  const { stdout } = await machine.run(process.execPath, "--input-type=module", "--eval", undo);
  await machine.close();

  expect(stdout).toBe("network.privilege");
  expect(await readSpec(file)).toEqual([wish]);
});

test("a machine that could not be unplugged is unplugged later, once", async () => {
  const asked: string[] = [];
  const bridges = new Bridges({
    file: join(folder, "bridges.json"),
    helper: new BridgeHelper(join(folder, "helper")),
    events: new EventHub(),
    platform: process.platform,
    alive: () => [{ id: "i1", name: "web", bridges: [{ kind: "bridge", bridge: "nobodys-br" }] }],
    unplug: async (instance, bridge) => {
      asked.push(`${instance} ${bridge}`);
      if (asked.length === 1) throw new Error("the monitor does not answer");
    },
    warn: () => undefined,
  });

  for (let looks = 0; looks < 3; looks++) await bridges.list();

  expect(asked).toEqual(["i1 nobodys-br", "i1 nobodys-br"]);
  bridges.close();
});
