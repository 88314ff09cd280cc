import { execFileSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../images/testing.ts";
import { writeChosenFile } from "./chosen-file.ts";

const isRoot = process.getuid?.() === 0;

function write(path: string, options = {}): Promise<void> {
  return writeChosenFile(path, (file) => file.writeFile("new"), options);
}

describe("a file in a place that a person named", () => {
  it.each([
    ["a named pipe", "file.unsupported", (path: string) => execFileSync("mkfifo", [path])],
    ["a folder", "file.is-directory", (path: string) => mkdirSync(path)],
    ["a link to a named pipe", "file.unsupported", (path: string) => linkToPipe(path)],
    ["a link that leads nowhere", "file.unsupported", (path: string) => symlinkSync("nowhere", path)],
    ["a link to itself", "file.unsupported", (path: string) => symlinkSync(path, path)],
  ])("never replaces %s, and says so", async (_, code, make) => {
    using folder = temporaryFolder();
    const path = join(folder.path, "out");
    make(path);
    const before = kindsIn(folder.path);

    await expect(write(path)).rejects.toMatchObject({ code, message: expect.stringContaining(path) });

    expect(kindsIn(folder.path)).toEqual(before);
  });

  it.runIf(isRoot)("never replaces a device", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "null");
    execFileSync("mknod", [path, "c", "1", "3"]);

    await expect(write(path)).rejects.toMatchObject({
      code: "file.unsupported",
      message: `${path} is a device, not a file`,
    });

    expect(lstatSync(path).isCharacterDevice()).toBe(true);
  });

  it("never replaces a socket", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "s");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));

    await expect(write(path))
      .rejects.toMatchObject({ code: "file.unsupported" })
      .finally(() => server.close());
  });

  it("does not replace what came while it was written", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "out");

    const attempt = writeChosenFile(path, async () => void execFileSync("mkfifo", [path]));

    await expect(attempt).rejects.toMatchObject({ code: "file.unsupported" });
    expect(readdirSync(folder.path)).toEqual(["out"]);
  });

  it("is replaced behind a link that leads to it, and keeps who may read it", async () => {
    using folder = temporaryFolder();
    const [file, link] = [join(folder.path, "file"), join(folder.path, "link")];
    writeFileSync(file, "old");
    chmodSync(file, 0o640);
    symlinkSync("file", link);

    await write(link);

    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(statSync(file).mode & 0o777).toBe(0o640);
  });

  it("is new where it must be", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "out");

    await write(path, { mode: 0o600, mustBeNew: true });

    expect(statSync(path).mode & 0o777).toBe(0o600);
    await expect(write(path, { mustBeNew: true })).rejects.toMatchObject({ code: "file.exists" });
  });
});

function linkToPipe(path: string): void {
  execFileSync("mkfifo", [`${path}.pipe`]);
  symlinkSync(`${path}.pipe`, path);
}

/** Names, with what they are. */
function kindsIn(folder: string): string[] {
  return readdirSync(folder).map((name) => `${name} ${lstatSync(join(folder, name)).mode & 0o170000}`);
}
