import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Tuple } from "../formats/tfs/value.ts";
import { addressesIn, readAddresses } from "./addresses-in-image.ts";

const first = { address: "10.0.3.7", netmask: "255.255.255.0", gateway: "10.0.3.1" };
const second = { address: "192.168.0.77", netmask: "255.255.0.0", gateway: "192.168.9.9" };
const tuple = (said: Record<string, string>) => Tuple.of(Object.entries(said));

test("the root says the first interface's address, a tuple that of any", () => {
  const en3 = tuple({ ipaddr: second.address, netmask: second.netmask, gateway: second.gateway });

  const manifest = Tuple.of([
    ["ipaddr", "10.0.3.7"],
    ["netmask", ""],
    ["en3", en3],
  ]);

  expect(addressesIn(manifest)).toEqual([first, null, second]);
});

test("what the root says is not for an interface that has a tuple of its own", () => {
  const manifest = Tuple.of([
    ["ipaddr", "10.0.3.7"],
    ["en1", tuple({ mtu: "1400" })],
  ]);

  expect(addressesIn(manifest)).toEqual([]);
});

test("numbers, flags and vectors are no addresses", () => {
  const manifest = Tuple.of([
    ["ipaddr", 7],
    ["en2", tuple({ ipaddr: "7" })],
    ["en3", ["10.0.3.7"]],
  ]);

  expect(addressesIn(manifest)).toEqual([]);
});

test("a disk whose root can't be read says no addresses; its kernel says what is wrong", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unideck-addresses-"));
  try {
    await writeFile(join(folder, "disk"), Buffer.alloc(1 << 20));

    expect(await readAddresses(join(folder, "disk"))).toEqual([]);
    await expect(readAddresses(join(folder, "gone"))).rejects.toMatchObject({ code: "image.not-found" });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
