/** Rules of the house that no other tool looks after. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isNewEnough, OLDEST_NODE, SETUP_NODE } from "./setup/node.mjs";

const root = join(import.meta.dirname, "..");
/** What is fetched, built or left behind by a run: the folders of .gitignore. */
const ignored = read(".gitignore")
  .split("\n")
  .flatMap((line) => line.match(/^\/?(.+)\/$/)?.slice(1) ?? []);
/** Found by walking: a copy of the tree may have no history, and git refuses one that belongs to another user. */
const sources = filesIn("");

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) return [path];
    return entry.name === ".git" || entry.name === "fixtures" || ignored.includes(path) ? [] : filesIn(path);
  });
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

describe("the house", () => {
  /** A long file is a question for a reader, not a fault: no file is split only to satisfy a number. */
  test("files longer than 600 lines are listed", () => {
    const code = sources.filter((file) => /\.(ts|tsx|mjs|c|h|S|css)$/.test(file));

    const lengths = code.map((file) => ({ file, lines: read(file).split("\n").length }));

    for (const { file, lines } of lengths.filter(({ lines }) => lines > 600)) console.info(`${file}: ${lines} lines`);
    expect(code.length).toBeGreaterThan(500);
  });

  test("the engine does not know Electron", () => {
    const engine = sources.filter((file) => file.startsWith("electron/engine/") && file.endsWith(".ts"));

    const guilty = engine.filter((file) => /from "electron"|require\("electron"\)/.test(read(file)));

    expect(engine.length).toBeGreaterThan(10);
    expect(guilty).toEqual([]);
  });

  test("what goes to a terminal goes through one place, where nothing in it can steer the terminal", () => {
    const code = sources.filter((file) => /^electron\/.*(?<!\.test|\.testing)\.ts$/.test(file));
    // The log of the engine makes its lines visible itself; of a disk that is full they go to standard error.
    // Two write nothing but versions: of Node, before anything is loaded, and of Unideck.
    const versions = ["electron/cli.ts", "electron/cli/start.ts"];
    const places = [...versions, "electron/cli/output.ts", "electron/engine/lib/engine-log.ts"].sort();

    const writers = code.filter((file) => /\bstd(out|err)\s*\.write\(|\bterminal\.write\(/.test(read(file)));

    expect(writers.sort()).toEqual(places);
  });

  test("the lock file names versions and digests, no addresses", () => {
    expect(read("package-lock.json")).not.toContain('"resolved"');
  });

  test("dependencies are exact versions", () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read("package.json"));

    const versions: string[] = [dependencies, devDependencies, optionalDependencies].flatMap(Object.values);

    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  test("everything that names the oldest Node names the same", () => {
    const named = ["docs/guide/troubleshooting.md", "electron/cli.ts"].flatMap(
      (file) => read(file).match(/\b22\.\d+\b/g) ?? [],
    );

    expect(named.length).toBeGreaterThan(1);
    expect(new Set(named)).toEqual(new Set([OLDEST_NODE]));
    expect(JSON.parse(read("package.json")).engines).toEqual({ node: `>=${SETUP_NODE}` });
  });

  test("a Node is new enough where node:sqlite needs no flag", () => {
    const versions = ["20.20.2", "22.12.0", "22.13.0", "22.22.1", "23.3.0", "23.4.0", "24.0.0", "26.1.0"];

    expect(versions.filter(isNewEnough)).toEqual(["22.13.0", "22.22.1", "23.4.0", "24.0.0", "26.1.0"]);
  });
});
