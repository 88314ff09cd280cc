import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Changes } from "../../../shared/contract/events.ts";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { EventHub } from "../lib/event-hub.ts";
import { SettingsFile } from "./settings-file.ts";

let home: string;
let warnings: string[];
let changes: Changes[];
const file = () => join(home, "settings.json");

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "unideck-settings-"));
  warnings = [];
  changes = [];
});
afterEach(() => rm(home, { recursive: true, force: true }));

function open() {
  const events = new EventHub();
  events.listen((change) => changes.push(change));
  return SettingsFile.open({ home, events, warn: (sentence) => warnings.push(sentence) });
}

describe("settings", () => {
  test("the defaults hold where there is no file, and none is written", async () => {
    const settings = await open();

    expect(settings.get()).toEqual(defaultSettings);
    expect(await readdir(home)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test("a change keeps what it does not name, is published and found again", async () => {
    const settings = await open();

    await settings.change({ console: { fontSizePx: 20 } });
    await settings.change({ appearance: { theme: "dark" } });

    const expected = {
      ...defaultSettings,
      appearance: { theme: "dark" },
      console: { ...defaultSettings.console, fontSizePx: 20 },
    };
    expect(settings.get()).toEqual(expected);
    expect((await open()).get()).toEqual(expected);
    expect(changes.at(-1)?.settings).toEqual(expected);
  });

  test("changes made at once all count", async () => {
    const settings = await open();

    await Promise.all([
      settings.change({ console: { fontSizePx: 9 } }),
      settings.change({ newInstances: { cpus: 4 } }),
      settings.change({ console: { scrollbackLines: 2000 } }),
    ]);

    const found = (await open()).get();
    expect(found.console).toEqual({ ...defaultSettings.console, fontSizePx: 9, scrollbackLines: 2000 });
    expect(found.newInstances.cpus).toBe(4);
  });

  test("a value out of bounds is refused and nothing changes", async () => {
    const settings = await open();

    await expect(settings.change({ console: { fontSizePx: 1000 } })).rejects.toMatchObject({
      code: "settings.invalid",
      details: expect.stringContaining("fontSizePx"),
    });

    expect(settings.get()).toEqual(defaultSettings);
    expect(changes).toEqual([]);
    await expect(settings.change({ console: { fontSizePx: 10 } })).resolves.toBeTruthy();
  });

  test.each([
    ["no JSON", "{ half"],
    ["not an object", "[1]"],
    ["another version", JSON.stringify({ ...defaultSettings, version: 99 })],
    ["a wrong value", JSON.stringify({ ...defaultSettings, console: { fontSizePx: "big", scrollbackLines: 5000 } })],
    ["too large", `"${"x".repeat(2 << 20)}"`],
  ])("a broken file (%s) is set aside, said so, and the defaults are used", async (_, text) => {
    await writeFile(file(), text);

    const settings = await open();

    expect(settings.get()).toEqual(defaultSettings);
    const [aside] = await readdir(home);
    expect(aside).toMatch(/^settings\.broken-.*\.json$/);
    expect(await readFile(join(home, aside ?? ""), "utf8")).toBe(text);
    expect(warnings).toEqual([expect.stringContaining(aside ?? "")]);
  });

  test("a value that an older file lacks has its default, and the others are kept", async () => {
    const { scrollbackLines: _, ...older } = { ...defaultSettings.console, fontSizePx: 20 };
    await writeFile(file(), JSON.stringify({ ...defaultSettings, console: older }));

    const settings = await open();

    expect(settings.get().console).toEqual({ ...defaultSettings.console, fontSizePx: 20 });
    expect(warnings).toEqual([]);
  });

  test("a file of an earlier version becomes one of this version, and is written as such", async () => {
    await writeFile(file(), JSON.stringify({ version: 1, console: { ...defaultSettings.console, fontSizePx: 20 } }));

    const settings = await open();
    await settings.change({ homes: { ops: "/srv/ops" } });

    expect(settings.get()).toMatchObject({ version: 2, console: { fontSizePx: 20 }, homes: { ops: "/srv/ops" } });
    expect(JSON.parse(await readFile(file(), "utf8"))).toEqual(settings.get());
    expect(warnings).toEqual([]);
  });

  test("a file of a later version is set aside: nobody here knows what it means", async () => {
    await writeFile(file(), JSON.stringify({ ...defaultSettings, version: 3 }));

    expect((await open()).get()).toEqual(defaultSettings);
    expect(warnings).toHaveLength(1);
  });

  test("a section that an older file lacks has its defaults", async () => {
    await writeFile(file(), JSON.stringify({ version: 1, appearance: { theme: "light" } }));

    const settings = await open();

    expect(settings.get()).toEqual({ ...defaultSettings, appearance: { theme: "light" } });
    expect(warnings).toEqual([]);
  });
});
