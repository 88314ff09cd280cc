/** What is no program is refused with a code, a sentence and what to do; nothing is left behind. */

import { execFileSync } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { World } from "./support/world.ts";

interface Refusal {
  what: string;
  content: string | Buffer;
  code: string;
}

/** An ELF header of another machine: enough to be recognised. */
function elfHeader(machine: number, type: number): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeUInt16LE(type, 16);
  header.writeUInt16LE(machine, 18);
  header.writeUInt32LE(1, 20);
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  return header;
}

const refusals: Refusal[] = [
  {
    what: "a macOS program",
    content: Buffer.from("cffaedfe07000001030000000200000010000000", "hex"),
    code: "elf.wrong-os",
  },
  { what: "a Windows program", content: Buffer.concat([Buffer.from("MZ"), Buffer.alloc(400)]), code: "elf.wrong-os" },
  { what: "a shell script", content: "#!/bin/sh\necho hello\n", code: "elf.script" },
  { what: "a text", content: "just some words\n", code: "elf.not-elf" },
  { what: "an empty file", content: "", code: "file.empty" },
  { what: "a truncated ELF", content: Buffer.from("7f454c4602010100", "hex"), code: "elf.damaged" },
  { what: "an arm64 program", content: elfHeader(183, 2), code: "elf.wrong-architecture" },
  { what: "a relocatable object", content: elfHeader(62, 1), code: "elf.not-a-program" },
];

for (const { what, content, code } of refusals)
  test(`${what} is refused as ${code}`, async () => {
    await using world = await World.create();
    const path = world.path("dropped");
    await writeFile(path, content);

    const refused = await world.unideck(["build", path, "--json"]);

    expect(refused.code).toBe(1);
    const { error } = JSON.parse(refused.stderr);
    expect(error.code).toBe(code);
    expect(error.message).not.toBe("");
    expect(error.hint ?? "").not.toBe("");
    expect(await readdir(world.path(".ops", "images")).catch(() => [])).toEqual([]);
  });

test("a folder is refused", async () => {
  await using world = await World.create();
  await mkdir(world.path("folder"));

  const refused = await world.unideck(["inspect", world.path("folder"), "--json"]);

  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stderr).error.code).toBe("file.is-directory");
});

test("a file that is not there is refused", async () => {
  await using world = await World.create();

  const refused = await world.unideck(["inspect", world.path("nobody")]);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("nobody");
});

for (const name of ["a/b", "..", "two words", "x".repeat(300), ""])
  test(`the image name ${JSON.stringify(name.slice(0, 20))} of ${name.length} characters is refused`, async () => {
    await using world = await World.create();

    const refused = await world.unideck(["build", "/bin/true", "--name", name, "--json"]);

    expect(refused.code).not.toBe(0);
    expect(["image.name", "args.invalid"]).toContain(JSON.parse(refused.stderr).error.code);
  });

test("a program whose file name is not UTF-8 ends in an error, not in a crash", async () => {
  await using world = await World.create();
  execFileSync("sh", ["-c", `cp /bin/true "$1/$(printf 'caf\\351')"`, "sh", world.folder]);

  const name = execFileSync("sh", ["-c", `ls "$1" | head -1`, "sh", world.folder]);
  const refused = await world.unideck(["inspect", world.path(name.toString("utf8").trim()), "--json"]);

  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stderr).error.code).toBe("file.not-found");
});

test("a usage error ends with code 2 and says what there is", async () => {
  await using world = await World.create();

  const refused = await world.unideck(["biuld", "x"]);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("build");
});
