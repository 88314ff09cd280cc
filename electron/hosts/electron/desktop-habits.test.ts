import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installCommandLine } from "./command-line-link.ts";
import { autostartFile, setAutostart } from "./login-item.ts";
import { RecentFiles } from "./recent-files.ts";
import { MOST_OPENINGS, readOpenings } from "./start-words.ts";

const root = join(import.meta.dirname, "../../..");
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

describe("the command line as a command of the shell", () => {
  test("is a link that works, and that another Unideck replaces", async () => {
    const bin = join(folder, "local bin");
    const old = join(folder, "old", "bin", "unideck");
    await installCommandLine(old, { folder: bin });

    const installed = await installCommandLine(join(root, "bin/unideck"), {
      folder: bin,
      searchPath: `/usr/bin:${bin}`,
    });

    expect(installed).toEqual({ path: join(bin, "unideck"), isInPath: true });
    const { stdout } = await promisify(execFile)(installed.path, ["--version"], {
      env: { ...process.env, UNIDECK_NODE: process.execPath },
    });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("of an AppImage is a script that starts it, wherever it is", async () => {
    const appImage = join(folder, "it's an App.AppImage");
    await writeFile(appImage, '#!/bin/sh\necho "$UNIDECK_COMMAND_LINE $*"\n', { mode: 0o755 });
    await installCommandLine(join(root, "bin/unideck"), { folder });

    const { path } = await installCommandLine("/tmp/.mount_x/resources/bin/unideck", { folder, appImage });

    expect((await promisify(execFile)(path, ["ps", "--all"])).stdout).toBe("1 ps --all\n");
    await installCommandLine(join(root, "bin/unideck"), { folder });
    expect((await promisify(execFile)("readlink", [path])).stdout).toBe(`${join(root, "bin/unideck")}\n`);
  });

  test("replaces nothing of somebody else's, and says so", async () => {
    await writeFile(join(folder, "unideck"), "mine");

    await expect(installCommandLine("/opt/unideck/bin/unideck", { folder })).rejects.toMatchObject({
      code: "file.exists",
    });
    expect(await readFile(join(folder, "unideck"), "utf8")).toBe("mine");
    await expect(
      installCommandLine("/opt/unideck/bin/unideck", { folder: join(folder, "unideck", "bin") }),
    ).rejects.toMatchObject({ code: "disk.write-failed" });
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
