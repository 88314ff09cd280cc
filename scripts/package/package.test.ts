/** What decides about packages: targets, reasons, control files, icons, notices, and the AppImage's launcher. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { icns } from "./icons.mjs";
import { debControl, rpmSpec } from "./linux-packages.mjs";
import { collectNotices, formatNotices } from "./notices.mjs";
import { explainFailure, readWish } from "./targets.mjs";

const root = join(import.meta.dirname, "../..");
const linux = { platform: "linux", arch: "x64" } as const;
const about = {
  version: "1.2.3-rc.1",
  description: "Build and run unikernels",
  homepage: "https://unideck.example",
  author: "The project <packages@unideck.example>",
  license: "MIT",
  arch: "arm64",
} as const;

describe("npm run package", () => {
  test("takes targets and options", () => {
    expect(readWish(["deb", "rpm", "deb", "--arch", "arm64", "--fast"], linux)).toEqual({
      targets: ["deb", "rpm"],
      arch: "arm64",
      fast: true,
      out: undefined,
      electron: undefined,
    });
    expect(readWish(["--help"], linux)).toBeUndefined();
  });

  test.each([
    [[], "No target is named."],
    [["exe"], "“exe” is not a target."],
    [["dmg"], "dmg cannot be made here: it needs macOS."],
    [["dir", "--arch", "mips"], "There are no packages for the processor “mips”."],
    [["dir", "--wrong"], /--wrong/],
  ])("refuses %j in a sentence", (words, sentence) => {
    expect(() => readWish(words, linux)).toThrow(sentence);
  });

  test("refuses Linux packages on macOS", () => {
    expect(() => readWish(["rpm"], { platform: "darwin", arch: "arm64" })).toThrow(
      "rpm cannot be made here: it needs Linux.",
    );
  });

  test("names what could not be downloaded, else the first error", () => {
    const download = "  ⨯ failed to build AppImage  error=getaddrinfo ENOTFOUND downloads.example\n  at line";

    expect(explainFailure("AppImage", download).sentence).toBe(
      "AppImage cannot be made here: what it needs is downloaded from downloads.example, which cannot be reached.",
    );
    expect(explainFailure("dir", "⨯ connect ECONNREFUSED 192.0.2.1:443").sentence).toContain("192.0.2.1:443");
    expect(explainFailure("dir", "  • packaging\n  ⨯ icon is too small\n").sentence).toBe(
      "dir could not be made: icon is too small",
    );
  });
});

test("a deb depends on QEMU and recommends qemu-img", () => {
  const lines = debControl(about, 1234).split("\n");

  expect(lines).toContain("Architecture: arm64");
  expect(lines).toContain("Installed-Size: 1234");
  expect(lines.find((line) => line.startsWith("Depends:"))).toMatch(/^Depends: qemu-system-x86, /);
  expect(lines.find((line) => line.startsWith("Recommends:"))).toMatch(/\bqemu-utils\b/);
});

test("an rpm's version has no hyphen, and it is compressed little when that is fast", () => {
  const spec = rpmSpec(about, { tree: "/tree", fast: true });

  expect(spec).toContain("\nVersion: 1.2.3~rc.1\n");
  expect(spec).toContain("gzdio");
  expect(rpmSpec(about, { tree: "/tree", fast: false })).toContain("zstdio");
});

test("an .icns has the length of all, and of each entry", () => {
  const bytes = icns([
    { type: "ic07", png: Buffer.from("one") },
    { type: "ic08", png: Buffer.from("three") },
  ]);

  expect(bytes.toString("latin1")).toBe("icns\0\0\0\x20ic07\0\0\0\x0boneic08\0\0\0\x0dthree");
});

test("notices have a licence and its text for each package that is bundled, and no tool", () => {
  const notices = collectNotices(root);
  const names = notices.map(({ name }) => name);

  expect(names).toEqual(expect.arrayContaining(["react", "@xterm/xterm", "zod", "tailwindcss", "d3-drag"]));
  expect(names).not.toContain("vitest");
  expect(notices.filter(({ license }) => !license || license === "undefined")).toEqual([]);
  expect(formatNotices(notices)).toContain("Copyright (c) Meta Platforms");
});

describe("the AppImage's launcher", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "unideck-launcher-"));
    cpSync(join(root, "packaging/linux/appimage-launcher"), join(folder, "unideck-desktop"));
    program("unideck-desktop.bin", 'echo "desktop $*"');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const program = (name: string, body: string) =>
    writeFileSync(join(folder, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  const launch = (env: NodeJS.ProcessEnv = {}) =>
    spawnSync("/bin/sh", [join(folder, "unideck-desktop"), "a.img"], {
      encoding: "utf8",
      env: { PATH: folder, ...env },
    });

  test("starts the application where user namespaces are allowed", () => {
    program("unshare", "exit 0");

    expect(launch()).toMatchObject({ status: 0, stdout: "desktop a.img\n", stderr: "" });
  });

  test("says what to do where they are not, on the desktop too", () => {
    program("unshare", "exit 1");
    program("zenity", `for word; do echo "$word"; done >&2`);

    const { status, stdout, stderr } = launch({ DISPLAY: ":1" });

    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /^error: Unideck cannot start from an AppImage here: .*\nhint: Install Unideck's \.deb .*sysctl/,
    );
    expect(stderr).toContain("--text=Unideck cannot start");
  });

  test("is a Node where it is told to be, without asking", () => {
    symlinkSync("/bin/false", join(folder, "unshare"));

    expect(launch({ ELECTRON_RUN_AS_NODE: "1" })).toMatchObject({ status: 0, stdout: "desktop a.img\n" });
  });
});
