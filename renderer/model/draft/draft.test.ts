import { describe, expect, test } from "vitest";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { anInspection } from "../../test/samples.ts";
import { parseSize, textOfSize } from "../sizes.ts";
import { configuredDraft, type Draft, draftFor, specsOf } from "./draft.ts";

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

  test.each([2 ** 20, 64 * 2 ** 20, 100_000_000, 2 ** 40, 1])("%s bytes have a text that means them", (bytes) => {
    expect(parseSize(textOfSize(bytes))).toBe(bytes);
  });

  test.each(["", "much", "-1", "1.5.5M", "1 XB", "1e9", "99999999999"])("%j is no size", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe("a configuration that was opened", () => {
  const configuration: Configuration = {
    path: "/srv/config.json",
    build: {
      name: "mine",
      arguments: ["-p", "8 0"],
      environment: { A: "b c" },
      files: [{ host: "/srv/link", guest: "/link", keepLink: true }],
      folders: [{ host: "/srv/site", guest: "/www", pattern: "*.html" }],
      kernel: "0.1.54",
      klibs: ["ntp"],
      sysroot: "/srv/root",
      manifest: { nameServers: ["9.9.9.9"], passthrough: { firewall: { rules: [] } } },
      sizeBytes: 100_000_000,
      ports: [80],
      force: false,
    },
    run: { name: "mine-1", memoryBytes: 2 ** 27, cpus: 2, options: { accelerator: "tcg" } },
    kept: {},
    warnings: [],
  };

  test("fills the fields, and what none of them shows is asked for all the same", () => {
    const draft = configuredDraft(aDraft({ ports: "80" }), configuration);

    expect(draft).toMatchObject({ arguments: "-p '8 0'", environment: "'A=b c'", memory: "128 MB", kernel: "0.1.54" });
    const spec = specsOf(draft, program);
    const { name, ...build } = configuration.build;
    expect(spec).toMatchObject({
      build: { ...build, name, program: "/home/me/hello" },
      run: {
        name: "mine-1",
        memoryBytes: 2 ** 27,
        cpus: 2,
        options: { accelerator: "tcg" },
        ports: [{ host: 80, guest: 80 }],
      },
    });
  });

  test("in bridged mode has no ports, whatever was guessed", () => {
    const bridges = [{ kind: "bridge" as const, bridge: "br0" }];

    const draft = configuredDraft(aDraft({ ports: "8080" }), { ...configuration, run: { network: "none", bridges } });

    expect(specsOf(draft, program)).toMatchObject({ run: { network: "none", bridges, ports: [] } });
  });

  test("leaves to the guesses what it does not say", () => {
    const { name: _, kernel: __, sizeBytes: ___, ...build } = configuration.build;

    const draft = configuredDraft(aDraft({ ports: "8080" }), { ...configuration, build, run: {} });

    expect(draft).toMatchObject({ name: "hello", kernel: "pith", ports: "8080", memory: "256 MB", cpus: "1" });
    expect(draft.diskSize).toBe("");
  });
});

describe("what the fields mean", () => {
  test("a program's first draft can be built as it stands", () => {
    const spec = specsOf(aDraft(), program);

    expect(spec).toMatchObject({
      build: { program: "/home/me/hello", name: "hello", kernel: "pith", force: false },
      run: { memoryBytes: 256 * 2 ** 20, cpus: 1, ports: [], options: {}, echo: true },
    });
  });

  test("memory is at least what the program suggests, and at least what the settings say", () => {
    const suggested = { name: "hello", programPath: "/hello", memoryBytes: 512 * 2 ** 20, ports: [] };

    expect(draftFor(anInspection({ suggested }), defaultSettings).memory).toBe("512 MB");
  });

  test("files and folders are kept apart", () => {
    const files = [
      { kind: "file", host: "/a.txt", guest: "/etc/a.txt" },
      { kind: "folder", host: "/site", guest: "/www" },
    ] as const;

    expect(specsOf(aDraft({ files: [...files] }), program)).toMatchObject({
      build: { files: [{ host: "/a.txt", guest: "/etc/a.txt" }], folders: [{ host: "/site", guest: "/www" }] },
    });
  });

  test("only TCP ports are announced to the program, each once", () => {
    expect(specsOf(aDraft({ ports: "80 81:80 53:53/udp" }), program)).toMatchObject({ build: { ports: [80] } });
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

    const spec = specsOf(draft, program);

    expect("errors" in spec && Object.keys(spec.errors).sort()).toEqual(
      ["name", "arguments", "environment", "ports", "memory", "cpus", "diskSize", "files"].sort(),
    );
  });
});
