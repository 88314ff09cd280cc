/** What can't be used is refused with a code, a sentence and what to do; nothing is left behind. Odd names are no reason. */

import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { expect, test } from "@playwright/test";
import { DoctorReport } from "../shared/contract/doctor.ts";
import { program } from "./support/programs.ts";
import { type Outcome, World } from "./support/world.ts";

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

/** The code of a refusal; it has a sentence and says what to do. */
function codeOf({ code, stderr }: Outcome): string {
  expect(code).not.toBe(0);
  const { error } = JSON.parse(stderr);
  expect(error.message).not.toBe("");
  expect(error.hint ?? "").not.toBe("");
  return error.code;
}

const imagesOf = (world: World) => readdir(world.path(".ops", "images")).catch(() => []);

test("devices and files that can't be read are refused", async () => {
  await using world = await World.create();
  const unreadable = world.path("secret");
  await copyFile(program("hello.c"), unreadable);
  await chmod(unreadable, 0);

  expect(codeOf(await world.unideck(["build", "/dev/zero", "--json"]))).toBe("file.unsupported");
  // Root reads it all the same.
  if (process.getuid?.() === 0)
    expect(await world.unideckJson(["build", unreadable])).toMatchObject({ name: "secret" });
  else expect(codeOf(await world.unideck(["build", unreadable, "--json"]))).toBe("file.unreadable");
});

for (const name of ["a b'\"c,d=e", "-rf", "new\nline", "grün", "x".repeat(255), "..."])
  test(`a program may be called ${JSON.stringify(name.slice(0, 20))}, in ${name.length} characters`, async () => {
    await using world = await World.create();
    const path = world.path(name);
    await copyFile(program("hello.c"), path);

    const { code, stdout } = await world.unideck(["run", path]);

    expect({ code, stdout }).toEqual({ code: 0, stdout: "hello, world\n" });
    expect(await imagesOf(world)).toEqual([expect.stringMatching(/^[a-z0-9][\w.-]{0,199}$/i)]);
  });

test("a program whose libraries are missing is not built", async () => {
  await using world = await World.create();
  execFileSync("gcc", ["-shared", "-o", world.path("libgone.so"), "-x", "c", "/dev/null"]);
  const path = world.path("needy");
  const link = ["-Wl,--no-as-needed", `-L${world.folder}`, "-lgone"];
  execFileSync("gcc", ["-o", path, "-x", "c", "-", ...link], { input: "int main(void) { return 0; }" });
  await rm(world.path("libgone.so"));

  const refused = await world.unideck(["build", path, "--json"]);

  expect(codeOf(refused)).toBe("elf.missing-libraries");
  expect(refused.stderr).toContain("libgone.so");
  expect(await imagesOf(world)).toEqual([]);
});

for (const { what, placement, code } of [
  { what: "a place outside of the image", placement: "/dev/null:/a/../../x", code: "args.invalid" },
  { what: "a place that is no absolute path", placement: "/dev/null:x", code: "args.invalid" },
  { what: "a name of 300 characters", placement: `HELLO:/${"x".repeat(300)}`, code: "args.invalid" },
  { what: "a file that is not there", placement: "/nonexistent:/x", code: "file.not-found" },
  { what: "a folder as a file", placement: "/tmp:/x", code: "file.is-directory" },
])
  test(`${what} can't be added to an image`, async () => {
    await using world = await World.create();
    const hello = program("hello.c");

    const added = placement.replace("HELLO", hello);
    const refused = await world.unideck(["build", hello, "--file", added, "--json"]);

    expect(refused.code).not.toBe(0);
    expect(JSON.parse(refused.stderr).error.code).toBe(code);
    expect(await imagesOf(world)).toEqual([]);
  });

test("a port that is in use is named before anything is built, and no instance is left", async () => {
  await using world = await World.create();
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;

  const options = ["--port", `${port}:80`, "--json"];

  const refused = await world.unideck(["run", program("hello.c"), ...options]);
  const built = await world.unideckJson(["images"]);
  await world.unideckJson(["build", program("hello.c")]);
  const image = await world.unideck(["run", "hello", ...options]);
  server.close();

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("port.busy");
  expect(refused.stderr).toContain(String(port));
  expect(built).toEqual([]);
  expect(codeOf(image)).toBe("port.busy");
  expect(await world.unideckJson(["ps", "-a"])).toEqual([]);
});

test("an image that is not there is refused, also one that was deleted", async () => {
  await using world = await World.create();
  await world.unideckJson(["build", program("hello.c")]);
  await world.unideck(["images", "rm", "hello"]);

  expect(codeOf(await world.unideck(["run", "nobody", "--json"]))).toBe("image.not-found");
  expect(codeOf(await world.unideck(["run", "hello", "--json"]))).toBe("image.not-found");
});

/** Puts a QEMU of the test's own in front of the real one. */
async function pretendQemu(world: World, script: string): Promise<void> {
  await mkdir(world.path("bin"));
  await writeFile(world.path("bin", "qemu-system-x86_64"), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  world.environment.PATH = `${world.path("bin")}:${world.environment.PATH}`;
}

test("a QEMU that is too old is warned about", async () => {
  await using world = await World.create();
  await pretendQemu(world, 'echo "QEMU emulator version 5.2.0 (old)"');

  const { stdout } = await world.unideck(["doctor", "--json"]);

  const { checks } = DoctorReport.parse(JSON.parse(stdout));
  const qemu = checks.find(({ found }) => found.startsWith("5.2.0"));
  expect(qemu).toMatchObject({ state: "warning", hint: expect.stringContaining("6.0") });
});

test("a QEMU that fails is quoted, and nothing is left of the instance", async () => {
  await using world = await World.create();
  await pretendQemu(world, 'echo "qemu-system-x86_64: it rains today" >&2; exit 1');

  const refused = await world.unideck(["run", program("hello.c")]);

  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain("it rains today");
  expect(await world.unideckJson(["ps", "--all"])).toEqual([]);
});

test("a usage error ends with code 2 and says what there is", async () => {
  await using world = await World.create();

  const refused = await world.unideck(["biuld", "x"]);

  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("build");
});
