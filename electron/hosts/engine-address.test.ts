import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { prepareSocketPath, readAddress, removeAddress, writeAddress } from "./engine-address.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "unideck-address-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

test("an address is found again, by its owner alone, until it is removed", async () => {
  const address = { pid: 7, socket: "/run/x.sock", version: "1.2.3", contract: 1 };

  await writeAddress(home, address);

  expect(await readAddress(home)).toEqual(address);
  expect((await stat(join(home, "engine.json"))).mode & 0o777).toBe(0o600);
  await removeAddress(home);
  expect(await readAddress(home)).toBeUndefined();
});

test.each(["", "{", "[]", '{"pid":"1"}'])("an address file with %j in it is none", async (text) => {
  await writeFile(join(home, "engine.json"), text);

  expect(await readAddress(home)).toBeUndefined();
});

test("the socket lies in the home, and what a dead engine left there is gone", async () => {
  await writeFile(join(home, "engine.sock"), "");

  const path = await prepareSocketPath(home);

  expect(path).toBe(join(home, "engine.sock"));
  await expect(stat(path)).rejects.toThrow("ENOENT");
});

test("where a home is too deep for a socket, it lies in a short folder of this user alone", async () => {
  const deep = join(home, "d".repeat(120));
  const runtime = join(home, "run");

  const path = await prepareSocketPath(deep, { XDG_RUNTIME_DIR: runtime });

  expect(Buffer.byteLength(path)).toBeLessThan(100);
  expect(path.startsWith(runtime)).toBe(true);
  expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  expect(await prepareSocketPath(`${deep}e`, { XDG_RUNTIME_DIR: runtime })).not.toBe(path);
});

test.each([
  ["a file", (folder: string) => writeFile(folder, "")],
  ["a link to elsewhere", (folder: string) => symlink(home, folder)],
])("%s in the place of that folder is not used", async (_, make) => {
  const environment = { XDG_RUNTIME_DIR: join(home, "run") };
  const folder = dirname(await prepareSocketPath("d".repeat(120), environment));
  await rm(folder, { recursive: true });
  await make(folder);

  const preparing = prepareSocketPath("d".repeat(120), environment);

  await expect(preparing).rejects.toMatchObject({ code: "disk.write-failed" });
});
