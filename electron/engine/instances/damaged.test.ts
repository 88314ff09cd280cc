import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { InstanceSpec } from "../../../shared/contract/instances.ts";
import { SupervisorWorld } from "./supervisor-world.testing.ts";

const spec = InstanceSpec.parse({
  memoryBytes: 16 * 2 ** 20,
  options: { accelerator: "tcg", machine: "q35" },
  name: "web",
});

/** A world with an instance that was never started, and the folder of that. */
async function worldWithOne() {
  const world = await SupervisorWorld.create();
  const supervisor = await world.open();
  const { id } = await supervisor.create({ image: "guest", spec, start: false });
  const folder = join(dirname(supervisor.diskOf(id)));
  await supervisor.close();
  return { world, id, folder, record: join(folder, "instance.json") };
}

type Damage = [what: string, harm: (folder: string, record: string) => void, reason: RegExp, name: string];

const pipe = (path: string) => {
  rmSync(path, { recursive: true, force: true });
  execFileSync("mkfifo", [path]);
};
const damages: Damage[] = [
  ["no JSON", (_, record) => writeFileSync(record, "{"), /not valid JSON/, ""],
  ["nothing in it", (_, record) => writeFileSync(record, ""), /not valid JSON/, ""],
  ["half of it", (_, record) => writeFileSync(record, readFileSync(record).subarray(0, 300)), /not valid JSON/, ""],
  [
    "a field that is wrong",
    (_, record) => writeFileSync(record, readFileSync(record, "utf8").replace('"created"', '"asleep"')),
    /not a valid record \(state: /,
    "web",
  ],
  [
    "a state that no record has",
    (_, record) => writeFileSync(record, readFileSync(record, "utf8").replace('"created"', '"damaged"')),
    /not a valid record \(state: /,
    "web",
  ],
  ["2 MiB of it", (_, record) => writeFileSync(record, " ".repeat(2 << 20)), /too large/, ""],
  ["a pipe in its place", (_, record) => pipe(record), /named pipe/, ""],
  [
    "a folder in its place",
    (_, record) => {
      rmSync(record);
      mkdirSync(record);
    },
    /a folder, not a file/,
    "",
  ],
  ["a pipe as its console", (folder) => pipe(join(folder, "console.log")), /named pipe/, "web"],
  ["a pipe as its index", (folder) => pipe(join(folder, "console.index")), /named pipe/, "web"],
  ["a pipe among its files", (folder) => pipe(join(folder, "console.log.17")), /named pipe/, "web"],
];

describe("an instance whose record has", () => {
  it.each(damages)(
    "%s is shown with its folder and the reason, and can only be deleted",
    async (_, harm, reason, name) => {
      const { world, id, folder, record } = await worldWithOne();
      await using _world = world;
      harm(folder, record);

      const supervisor = await world.open();

      const [shown, ...others] = supervisor.list();
      expect(others).toEqual([]);
      expect(shown).toMatchObject({ id, name: name || id, state: "damaged" });
      expect(shown?.damage).toEqual({ folder, reason: expect.stringMatching(reason) });
      await expect(supervisor.start(id)).rejects.toMatchObject({ code: "instance.damaged" });
      await expect(supervisor.rename(shown?.name ?? "", "other")).rejects.toMatchObject({ code: "instance.damaged" });

      await supervisor.remove(id, { undo: true });
      expect(supervisor.list()).toEqual([]);
      expect(await supervisor.restore(id)).toMatchObject({ id, state: "damaged" });
      await supervisor.remove(shown?.name ?? "");
      expect(supervisor.list()).toEqual([]);
      await expect(supervisor.restore(id)).rejects.toMatchObject({ code: "instance.not-found" });
    },
  );
});

describe("a damaged instance", () => {
  it("whose machine runs is deleted only with force, and its machine ends", async () => {
    await using world = await SupervisorWorld.create();
    const before = await world.open();
    const { id, pid = 0 } = await world.run(before);
    const folder = dirname(before.diskOf(id));
    await before.close();
    writeFileSync(join(folder, "instance.json"), "no JSON");

    const supervisor = await world.open();

    expect(supervisor.get(id)).toMatchObject({ state: "damaged", pid });
    await expect(supervisor.remove(id)).rejects.toMatchObject({ code: "instance.running" });
    await supervisor.remove(id, { force: true });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  it("is a copy of another one's folder, which stays as it is", async () => {
    const { world, id, folder } = await worldWithOne();
    await using _world = world;
    cpSync(folder, join(dirname(folder), "copy"), { recursive: true });

    const supervisor = await world.open();

    expect(supervisor.get("copy")).toMatchObject({ state: "damaged", name: "web" });
    expect(supervisor.get("web")).toMatchObject({ id, state: "created" });
    await supervisor.remove("copy");
    expect(supervisor.list().map((one) => basename(one.id))).toEqual([id]);
  });
});
