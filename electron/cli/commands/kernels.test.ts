/** `unideck kernels …` as a process, beside a release site on the host. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FileServer } from "../../engine/downloads/file-server.testing.ts";
import { tiny } from "../../engine/images/testing.ts";
import { pathOf, releaseArchive, releaseSite } from "../../engine/kernels/release-world.testing.ts";
import { makeTestWorld, type TestWorld } from "../../hosts/test-world.ts";

let world: TestWorld;
let site: FileServer;
beforeEach(async () => {
  world = await makeTestWorld();
  site = await releaseSite();
  const kernels = { default: "pith", releaseAddress: `${site.address}release/` };
  await mkdir(world.homes.unideck, { recursive: true });
  await writeFile(join(world.homes.unideck, "settings.json"), JSON.stringify({ version: 1, kernels }));
});
afterEach(async () => {
  await site[Symbol.asyncDispose]();
  await world.remove();
});

async function unideck(...args: string[]) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../cli.ts"), ...args], {
    env: world.environment,
    cwd: world.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code, stdout, stderr };
}

const errorIn = (stderr: string) => JSON.parse(stderr).error;

describe("unideck kernels", () => {
  test("downloads a release, builds with it by default, and deletes it", async () => {
    const refused = await unideck("build", tiny, "--kernel", "0.1.54", "--json");
    expect(errorIn(refused.stderr)).toMatchObject({ code: "kernel.not-found", hint: /unideck kernels get 0\.1\.54/ });

    expect(await unideck("kernels", "get")).toMatchObject({ code: 0, stdout: "0.1.54\n" });
    expect(await unideck("kernels", "default", "0.1.54")).toMatchObject({ code: 0, stdout: "0.1.54\n" });
    const built = await unideck("build", tiny, "--klib", "ntp", "--json");
    expect(built).toMatchObject({ code: 0 });
    const images = JSON.parse((await unideck("images", "ls", "--json")).stdout);
    expect(images[0].build).toMatchObject({
      spec: { kernel: "0.1.54", klibs: ["ntp"] },
      kernel: { version: "0.1.54" },
    });

    expect((await unideck("kernels")).stdout).toMatch(/^0\.1\.54 \* +nanos +0\.1\.54 +x86-64 .* 2 /m);
    expect((await unideck("kernels", "show", "0.1.54")).stdout).toMatch(/^sha-256: +\w{64}\nklibs: +ntp, tls$/m);
    expect(await unideck("kernels", "rm", "0.1.54")).toMatchObject({ code: 0, stdout: "0.1.54\n" });
    expect(await unideck("kernels", "default")).toMatchObject({ stdout: "pith\n" });
  }, 60_000);

  test("says what is to be had, and what is left without a network", async () => {
    const online = await unideck("kernels", "available");
    expect(online.stdout).toMatch(/^0\.1\.54 +newest$/m);

    await site[Symbol.asyncDispose]();
    const offline = await unideck("kernels", "available");
    const asked = JSON.parse((await unideck("kernels", "available", "--json")).stdout);
    const got = await unideck("kernels", "get", "0.1.54", "--json");

    expect(offline).toMatchObject({
      code: 0,
      stdout: /^nightly/m,
      stderr: /^note: 127\.0\.0\.1:\d+ can't be reached\./,
    });
    expect(asked.problem).toMatchObject({ code: "download.unreachable" });
    expect(got).toMatchObject({ code: 1, stdout: "" });
    expect(errorIn(got.stderr)).toMatchObject({ code: "download.unreachable" });
  }, 60_000);

  test("imports an archive, by a path relative to where it runs", async () => {
    await writeFile(join(world.folder, "mine.tgz"), await releaseArchive());

    const unnamed = await unideck("kernels", "import", "mine.tgz", "--json");
    const imported = await unideck("kernels", "import", "mine.tgz", "--as", "0.2.0", "--json");
    const again = await unideck("kernels", "import", "mine.tgz", "--as", "0.2.0");

    expect(errorIn(unnamed.stderr)).toMatchObject({ code: "args.invalid", hint: /--as/ });
    expect(JSON.parse(imported.stdout)).toMatchObject({ id: "0.2.0", kind: "nanos", klibs: ["ntp", "tls"] });
    expect(again).toMatchObject({ code: 1, stderr: /^error: .* is installed already\nhint: .*kernels rm 0\.2\.0/ });
  }, 60_000);

  test("ends a download at Ctrl-C, with nothing left of it", async () => {
    site.files.set(pathOf("0.1.54"), { bytes: await releaseArchive(), etag: '"1"', stallsAfter: 100 });
    const child = spawn(process.execPath, [join(import.meta.dirname, "../../cli.ts"), "kernels", "get", "0.1.54"], {
      env: world.environment,
      stdio: "ignore",
    });
    await site.begun(1);

    child.kill("SIGINT");

    const [code] = await once(child, "close");
    expect(code).toBe(130);
    expect((await unideck("kernels")).stdout).not.toContain("0.1.54");
  }, 60_000);
});
