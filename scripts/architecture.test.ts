/** docs/architecture.md leads to what is there: its files exist, its map has every domain, its ways are short. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { domains } from "../shared/contract/domains.ts";

const root = join(import.meta.dirname, "..");
const document = readFileSync(join(root, "docs/architecture.md"), "utf8");
const files = ["electron", "renderer", "shared", "kernel", "scripts", "resources"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join("/", folder, file)),
);

const section = (title: string) => document.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? "";
/** The files of code that a text names, by their path or the end of it. */
const namedIn = (text: string) => [
  ...new Set([...text.matchAll(/`([\w./-]+\.(?:tsx?|mjs|[ch]))`/g)].map(([, file = ""]) => file)),
];
const folders = (folder: string) =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? entry.name : []));

describe("the description of the architecture", () => {
  test("names files that there are", () => {
    const named = namedIn(document);

    expect(named.length).toBeGreaterThan(40);
    expect(named.filter((name) => !files.some((file) => file.endsWith(`/${name}`)))).toEqual([]);
  });

  test("has every domain on its map, with folders and files that there are", () => {
    const rows = section("Where to look")
      .split("\n")
      .flatMap((line) => line.match(/^\| (\w+) \| ([^|]*)\| ([^|]*)\| ([^|]*)\|$/)?.slice(1) ?? []);
    const calls = rows.filter((_, column) => column % 4 === 0);
    const inEngine = rows.filter((_, column) => column % 4 === 1).flatMap((cell) => cell.match(/[\w/]+(?=\/)/g) ?? []);
    const inWindow = rows.filter((_, column) => column % 4 === 2).flatMap((cell) => cell.match(/[\w-]+(?=\/)/g) ?? []);
    const commands = readdirSync(join(root, "electron/cli")).filter((file) => file.endsWith("-commands.ts"));

    expect(calls.sort()).toEqual(Object.keys(domains).sort());
    expect([...new Set(inWindow)].sort()).toEqual(folders("renderer/features").sort());
    for (const folder of inEngine) expect(files).toContain(`/electron/engine/${folder}`);
    const others = ["formats", "lib"];
    expect(folders("electron/engine").filter((name) => !inEngine.includes(name))).toEqual(others);
    for (const file of commands) expect(section("Where to look")).toContain(`\`${file}\``);
  });

  test("leads a dropped ELF through at most six files", () => {
    const named = namedIn(section("The way of a dropped ELF").split(/^A \*\*configuration/m)[0] ?? "");

    expect(named.length).toBeGreaterThan(3);
    expect(named.length).toBeLessThanOrEqual(6);
  });

  test("leads a console's byte through at most four files to each host", () => {
    const named = namedIn(section("The way of a console byte"));
    const common = named.filter((file) => !/^(?:model|cli)\//.test(file));

    for (const host of ["model/", "cli/"]) {
      const own = named.filter((file) => file.startsWith(host));
      expect(own.length).toBeGreaterThan(0);
      expect(common.length + own.length).toBeLessThanOrEqual(4);
    }
  });
});
