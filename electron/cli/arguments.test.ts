import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import {
  parseCount,
  parseListenPort,
  parseNetwork,
  parsePlacement,
  parsePort,
  parseSize,
  parseVariable,
} from "./arguments.ts";

describe("a size", () => {
  test.each([
    ["64M", 64 * 2 ** 20],
    ["64m", 64 * 2 ** 20],
    ["2G", 2 * 2 ** 30],
    ["1.5K", 1536],
    ["512", 512],
    ["16MiB", 16 * 2 ** 20],
    ["16MB", 16 * 2 ** 20],
    ["1T", 2 ** 40],
  ])("%s is %d bytes", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  test.each(["", "M", "0", "-1M", "64X", "64 M", "1e9", "0x10", "99999999999T", "NaN"])("%j is none", (text) => {
    expect(() => parseSize(text)).toThrow(/A size is/);
  });
});

describe("a port", () => {
  test("leads to the guest's port of the same number, or to another", () => {
    const ports = parsePort("8443:443", parsePort("8080"));

    expect(ports.map(({ host, guest }) => [host, guest])).toEqual([
      [8080, 8080],
      [8443, 443],
    ]);
  });

  test("0 on the host is any that is free", () => {
    expect(parsePort("0:80")).toEqual([{ hostAddress: "127.0.0.1", host: 0, guest: 80, protocol: "tcp" }]);
  });

  test("may be open to others, or take datagrams", () => {
    expect(parsePort("0.0.0.0:53:5353/udp")).toEqual([
      { hostAddress: "0.0.0.0", host: 53, guest: 5353, protocol: "udp" },
    ]);
  });

  test.each(["", "0", "80:0", "65536", "80:65536", "80:", ":80", "80:80:80", "http", "-1"])("%j is none", (text) => {
    expect(() => parsePort(text)).toThrow(/A port is/);
  });
});

describe("a placement", () => {
  test("has an absolute path on the host, whatever colons that has in it", () => {
    const placements = parsePlacement("data:v2/x:/etc/x", parsePlacement("a.txt:/a.txt"));

    expect(placements).toEqual([
      { host: resolve("a.txt"), guest: "/a.txt" },
      { host: resolve("data:v2/x"), guest: "/etc/x" },
    ]);
  });

  test.each(["", "a", "a:", ":/a", "a:b", "/a"])("%j is none", (text) => {
    expect(() => parsePlacement(text)).toThrow(/HOST:GUEST/);
  });
});

describe("a variable", () => {
  test("may have an empty value, equals signs and newlines in it; the last of a name counts", () => {
    const variables = parseVariable("A=2", parseVariable("B=x=y\nz", parseVariable("C=", parseVariable("A=1"))));

    expect(variables).toEqual({ A: "2", B: "x=y\nz", C: "" });
  });

  test.each(["", "A", "=x"])("%j is none", (text) => {
    expect(() => parseVariable(text)).toThrow(/NAME=VALUE/);
  });
});

describe("a network", () => {
  test.each(["auto", "user", "restricted", "none"])("%s is a kind of card, not a name", (kind) => {
    expect(parseNetwork(kind, parseNetwork("shop"))).toEqual({ network: kind, networks: ["shop"], bridges: [] });
  });

  test("is one of the host, by a bridge or vmnet, beside private ones", () => {
    const choice = ["shop", "bridge:br0", "bridge:br1:tap7", "vmnet-shared", "vmnet-bridged:en0", "none"].reduce(
      (before, text) => parseNetwork(text, before),
      parseNetwork("auto"),
    );

    expect(choice).toEqual({
      network: "none",
      networks: ["shop"],
      bridges: [
        { kind: "bridge", bridge: "br0" },
        { kind: "bridge", bridge: "br1", tap: "tap7" },
        { kind: "vmnet-shared" },
        { kind: "vmnet-bridged", interface: "en0" },
      ],
    });
  });

  test.each([
    "bridge:",
    "bridge:a b",
    "bridge:br0:t:x",
    "bridge:br0:",
    "vmnet-shared:en0",
    "vmnet-shared:en0:x",
    "UPPER",
  ])("%j is none", (text) => {
    expect(() => parseNetwork(text)).toThrow(/A network name/);
  });
});

test("counts and ports to listen on are whole numbers in their bounds", () => {
  expect(parseCount("4")).toBe(4);
  expect(parseListenPort("0")).toBe(0);

  for (const text of ["0", "-1", "1.5", "many", ""]) expect(() => parseCount(text)).toThrow();
  for (const text of ["65536", "-1", "x", ""]) expect(() => parseListenPort(text)).toThrow();
});
