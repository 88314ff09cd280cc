import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askQemu, findQemu, parseVersion } from "./binary.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-qemu-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function pretend(script: string): Promise<string> {
  const path = join(folder, "qemu-system-x86_64");
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test("a QEMU that is not there is a problem that says how to get it", async () => {
  await expect(findQemu(folder)).rejects.toMatchObject({
    code: "hypervisor.missing",
    hint: expect.stringContaining("Install it: "),
  });
});

test("a file that can't be run is no QEMU", async () => {
  await writeFile(join(folder, "qemu-system-x86_64"), "", { mode: 0o644 });

  await expect(findQemu(folder)).rejects.toMatchObject({ code: "hypervisor.missing" });
});

test("the first QEMU of the path is taken and asked what it is", async () => {
  const path = await pretend(`case "$1 $2" in
    "--version ") echo "QEMU emulator version 5.2.0 (Debian 1:5.2)";;
    "-machine help") printf 'Supported machines are:\\nmicrovm  microvm (i386)\\npc  Standard PC\\n';;
    "-accel help") printf 'Accelerators supported in QEMU binary:\\ntcg\\nkvm\\n';;
  esac`);

  expect(await findQemu(`${folder}:/usr/bin`)).toBe(path);
  expect(await askQemu(path)).toEqual({
    path,
    version: "5.2.0",
    major: 5,
    machines: { microvm: true, q35: false },
    accelerators: ["tcg", "kvm"],
  });
});

test("a QEMU that could not answer is asked again", async () => {
  const path = await pretend(`[ -e "${folder}/well" ] || exit 1; echo version 8.1`);
  await expect(askQemu(path)).rejects.toThrow();
  await writeFile(join(folder, "well"), "");

  expect(await askQemu(path)).toMatchObject({ version: "8.1" });
});

test("a version that nobody knows is older than any", () => {
  expect(parseVersion("something else")).toEqual({ version: "unknown", major: 0 });
});
