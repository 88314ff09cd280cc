import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { anInspection } from "../../test/samples.ts";
import { type Draft, draftFor, wishesOf } from "./draft.ts";
import { parseSize } from "./sizes.ts";

const program = { path: "/home/me/hello", fileName: "hello" };
const aDraft = (change: Partial<Draft> = {}): Draft => ({ ...draftFor(anInspection(), defaultSettings), ...change });

describe("sizes", () => {
  test.each([
    ["256", 256 * 2 ** 20],
    ["256M", 256 * 2 ** 20],
    ["64 mib", 64 * 2 ** 20],
    ["1.5 GB", 1.5 * 2 ** 30],
    ["512b", 512],
    ["4k", 4096],
  ])("%s is understood", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(["", "much", "-1", "1.5.5M", "1 XB", "1e9", "99999999999"])("%j is no size", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe("what the fields mean", () => {
  test("a program's first draft can be built as it stands", () => {
    const wishes = wishesOf(aDraft(), program);

    expect(wishes).toMatchObject({
      build: { program: "/home/me/hello", programName: "hello", name: "hello", kernel: "pith", force: false },
      run: { memoryBytes: 256 * 2 ** 20, cpus: 1, ports: [], machine: "auto", accelerator: "auto", echo: true },
    });
  });

  test("memory is at least what the program suggests, and at least what the settings say", () => {
    const suggested = { name: "hello", memoryBytes: 512 * 2 ** 20, ports: [] };

    expect(draftFor(anInspection({ suggested }), defaultSettings).memory).toBe("512 MB");
  });

  test("files and folders are kept apart", () => {
    const files = [
      { kind: "file", host: "/a.txt", guest: "/etc/a.txt" },
      { kind: "folder", host: "/site", guest: "/www" },
    ] as const;

    expect(wishesOf(aDraft({ files: [...files] }), program)).toMatchObject({
      build: { files: [{ host: "/a.txt", guest: "/etc/a.txt" }], folders: [{ host: "/site", guest: "/www" }] },
    });
  });

  test("only TCP ports are announced to the program, each once", () => {
    expect(wishesOf(aDraft({ ports: "80 81:80 53:53/udp" }), program)).toMatchObject({ build: { ports: [80] } });
  });

  test("every mistake is told at once, each at its field", () => {
    const draft = aDraft({
      name: "a/b",
      arguments: "'",
      environment: "=x",
      ports: "x",
      memory: "4 TB",
      cpus: "1.5",
      diskSize: "big",
      files: [{ kind: "file", host: "/a", guest: "a" }],
    });

    const wishes = wishesOf(draft, program);

    expect("errors" in wishes && Object.keys(wishes.errors).sort()).toEqual(
      ["name", "arguments", "environment", "ports", "memory", "cpus", "diskSize", "files"].sort(),
    );
  });
});
