/** What docs/adding-a-domain.md says is true: its domain fits, and every domain that there is stands in the lists. */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const document = read("docs/adding-a-domain.md");

interface Block {
  language: string;
  file: string;
  text: string;
}

const blocks: Block[] = [...document.matchAll(/^```(\w+) (\S+)\n(.*?)^```$/gms)].map(
  ([, language = "", file = "", text = ""]) => ({ language, file, text }),
);
const lists = blocks.filter(({ language }) => language === "diff");

/** Puts the added lines of a hunk after or before the one line that it names. */
function insert(text: string, hunk: string): string {
  const lines = hunk.split("\n").filter((line) => line !== "");
  const added = lines.filter((line) => line.startsWith("+")).map((line) => line.slice(1));
  const [place, another] = lines.filter((line) => line.startsWith(" ")).map((line) => line.slice(1));
  const all = text.split("\n");
  const at = all.indexOf(place ?? "");
  if (place === undefined || another !== undefined || at < 0 || all.lastIndexOf(place) !== at)
    throw new Error(`There is no one place for this:\n${hunk}`);
  all.splice(lines[0]?.startsWith("+") ? at : at + 1, 0, ...added);
  return all.join("\n");
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => join(folder, file));
}

describe("the example", () => {
  const copy = mkdtempSync(join(tmpdir(), "unideck-domain-"));
  afterAll(() => rmSync(copy, { recursive: true }));

  test("names at most four lists, and adds one line besides the import to each", () => {
    const added = lists.map(({ text }) => text.split("\n").filter((line) => /^\+(?!import )/.test(line)).length);

    expect(lists).toHaveLength(4);
    expect(added).toEqual([1, 1, 1, 1]);
    for (const { file } of lists) expect(document).toContain(`| \`${file}\` |`);
  });

  test("makes a domain that fits, by new files and these lines alone", { timeout: 120_000 }, () => {
    const folders = ["electron", "renderer", "shared"];
    for (const folder of folders) cpSync(join(root, folder), join(copy, folder), { recursive: true });
    // The test engine and the benchmarks stand on files beside these.
    for (const beside of ["node_modules", "e2e", "bench", "soak", "scripts", "resources", "package.json"])
      symlinkSync(join(root, beside), join(copy, beside));
    const config: unknown = JSON.parse(read("tsconfig.json"));
    writeFileSync(join(copy, "tsconfig.json"), JSON.stringify(Object.assign({}, config, { include: folders })));
    for (const { language, file, text } of blocks) {
      const path = join(copy, file);
      mkdirSync(dirname(path), { recursive: true });
      const whole = language === "diff" ? text.split(/^@@\n/m).reduce(insert, read(file)) : text;
      writeFileSync(path, whole, { flag: language === "diff" ? "w" : "wx" });
    }

    const types = join(root, "node_modules/typescript/bin/tsc");
    expect(execFileSync(process.execPath, [types, "-p", copy], { encoding: "utf8" })).toBe("");
  });
});

describe("the lists have every domain", () => {
  test("of the contract", () => {
    const list = read("shared/contract/domains.ts");
    const domains = filesIn("shared/contract").filter((file) => /^const calls = \{$/m.test(read(file)));

    expect(domains.length).toBeGreaterThan(10);
    for (const file of domains) {
      const [, base = file] = /([\w-]+)\.ts$/.exec(file) ?? [];
      const name = base.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
      expect(list).toContain(`import { ${name} } from "./${base}.ts";`);
      expect(list).toMatch(new RegExp(`^ {2}${name},$`, "m"));
    }
  });

  test("of the engine", () => {
    const list = read("electron/engine/domains.ts");
    const imported = [...list.matchAll(/^import \{ (\w+) \} from "\.\/(.+\/domain\.ts)";$/gm)];
    const modules = filesIn("electron/engine").filter((file) => /\/\w+\/domain\.ts$/.test(file));

    expect(imported.map(([, , file]) => `electron/engine/${file}`).sort()).toEqual(modules.sort());
    for (const [, name] of imported) expect(list).toContain(`.with(${name})`);
  });

  test("of the command line", () => {
    const list = read("electron/cli/program.ts");
    const groups = filesIn("electron/cli").filter((file) => /-commands\.ts$/.test(file));

    expect(groups.length).toBeGreaterThan(4);
    for (const file of groups) {
      const [, name = file] = /export function (add\w+Commands)\(/.exec(read(file)) ?? [];
      expect(list).toContain(`${name}(program`);
    }
  });
});
