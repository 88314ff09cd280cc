import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { autostartFile, setAutostart } from "./login-item.ts";
import { RecentFiles } from "./recent-files.ts";
import { MOST_OPENINGS, readOpenings } from "./start-words.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-desktop-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("starting at login", () => {
  test("is a file that starts the program in the background, whatever is in its name; switched off, it is gone", async () => {
    const file = join(folder, "autostart", "unideck.desktop");
    const program = join(folder, 'My "apps" $HOME 100% `x` \\ y');

    await setAutostart(true, [program, "/opt/a b"], file);

    const [exec = ""] = /^Exec=(.*)$/m.exec(await readFile(file, "utf8"))?.slice(1) ?? [];
    // The value's own escapes first, then the shell-like quoting and the field codes of Exec.
    const unescaped = exec.replaceAll("\\\\", "\\").replaceAll("%%", "%");
    const { stdout } = await promisify(execFile)("sh", [
      "-c",
      `for word in ${unescaped}; do printf '%s\\n' "$word"; done`,
    ]);
    expect(stdout.split("\n").slice(0, -1)).toEqual([program, "/opt/a b", "--background"]);
    await setAutostart(false, [], file);
    await setAutostart(false, [], file);
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("has its file where the desktop looks", () => {
    expect(autostartFile({ XDG_CONFIG_HOME: "/c" })).toBe("/c/autostart/unideck.desktop");
    expect(autostartFile({ XDG_CONFIG_HOME: "relative" })).toMatch(/\.config\/autostart\/unideck\.desktop$/);
  });
});

describe("files that were opened lately", () => {
  test("are kept, the latest first, ten at most, each once", async () => {
    const recent = new RecentFiles(folder);
    for (let i = 1; i <= 12; i++) await recent.add(`/f${i}`);
    await recent.add("/f5");

    const again = new RecentFiles(folder).list();

    expect(again.slice(0, 3)).toEqual(["/f5", "/f12", "/f11"]);
    expect(again).toHaveLength(10);
    await recent.clear();
    expect(new RecentFiles(folder).list()).toEqual([]);
  });

  test.each(["", "{", "{}", "[1]", '["/a", 2]'])("a file with %j in it is an empty list", async (text) => {
    await new RecentFiles(folder).add("/a");
    await writeFile(join(folder, "desktop", "recent.json"), text);

    expect(new RecentFiles(folder).list()).toEqual([]);
  });
});

test("a start that hands over very many files opens the first of them", () => {
  const words = Array.from({ length: 1000 }, (_, i) => `/f${i}`);

  expect(readOpenings(words, "/")).toHaveLength(MOST_OPENINGS);
});
