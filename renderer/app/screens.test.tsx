// @vitest-environment jsdom
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mirrors, type Snapshot } from "../../shared/contract/events.ts";
import { shortcuts } from "../platform/shortcuts.ts";
import { screens, slices } from "./screens.tsx";

const sources = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .map((file) => [file, readFileSync(join(folder, file), "utf8")] as const);

describe("the list of screens", () => {
  test("has every screen that there is, once", () => {
    const features = sources(join(import.meta.dirname, "../features")).filter(([file]) => /entry\.tsx$/.test(file));

    const sections = features.flatMap(([, text]) => /section: "([a-z]+)"/.exec(text)?.[1] ?? []);
    expect(screens.map(({ section }) => section).sort()).toEqual(sections.sort());
    expect(sections).toHaveLength(features.length);
  });

  test("has what is shown by name anywhere", () => {
    const named = sources(join(import.meta.dirname, "..")).flatMap(([, text]) =>
      [...text.matchAll(/(?:(?:getState\(\)|view)\.show\(|set\(\{ section: )"([a-z]+)"/g)].map(([, name]) => name),
    );

    expect(named.length).toBeGreaterThan(3);
    expect(screens.map(({ section }) => section)).toEqual(expect.arrayContaining([...new Set(named)]));
  });

  test("has a key for what a key shows", () => {
    const overlays = ["palette", "shortcuts", "new", "find"];
    const shown = shortcuts.map(({ id }) => id).filter((id) => !overlays.includes(id));

    expect(screens.filter(({ shortcut }) => shortcut).map(({ shortcut }) => shortcut)).toEqual(shown);
    for (const { section, shortcut } of screens) expect(shortcut ?? section).toBe(section);
  });

  test("takes every part of the engine's events", () => {
    const taken = new Set<string>();
    const nothing: Partial<Snapshot> = { type: "snapshot" };
    const event = new Proxy(nothing, {
      get: (_, name) => {
        taken.add(String(name));
        return undefined;
      },
    });

    for (const take of slices) Reflect.apply(take, undefined, [event]);

    expect([...taken].sort()).toEqual(Object.keys(mirrors).sort());
  });
});
