/** Container images made by umoci and skopeo, from files and from Debian's docker-registry, run on Pith. */

import { mkdir, rm, writeFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { copyImage, layersOf, makeLayout, startRegistry } from "./support/container-image.ts";
import { program } from "./support/programs.ts";
import { World } from "./support/world.ts";

let world: World;
/** An image that says everything: program, arguments, environment, user, folder. */
let layout: string;
test.beforeAll(async () => {
  world = await World.create();
  layout = await makeLayout(world, "layout", {
    programs: { "/usr/bin/arguments": program("arguments.c", "gcc-dynamic") },
    files: { "/etc/passwd": "app:x:1000:1000::/srv:/bin/sh\n", "/srv/note": "kept" },
    config: [
      ...["--config.entrypoint", "arguments", "--config.cmd", "from the image", "--config.env", "TEST_MODE=container"],
      ...["--config.user", "app", "--config.workingdir", "/srv", "--config.exposedports", "8080/tcp"],
    ],
  });
});
test.afterAll(() => world[Symbol.asyncDispose]());

const saysAll = (argument: string) =>
  new RegExp(`^argument 1: \\[${argument}\\]\nenvironment: TEST_MODE=container\n.*uid: 1000\n$`, "s");

test("an image in a registry is pulled and run, and not pulled a second time", async () => {
  const registry = await startRegistry(world, "registry");
  const reference = `${registry}/me/app:1`;
  copyImage(`oci:${layout}:1`, `docker://${reference}`);

  const first = await world.unideck(["run", "--rm", reference]);
  for (const layer of layersOf(`oci:${layout}:1`))
    await rm(world.path("registry/docker/registry/v2/blobs/sha256", layer.slice(0, 2), layer), { recursive: true });
  const second = await world.unideck(["run", "--rm", reference, "--arg", "of mine"]);
  const missing = await world.unideck(["run", "--rm", `${registry}/me/other:1`]);

  expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(saysAll("from the image")) });
  expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(saysAll("of mine")) });
  expect(missing.stderr).toContain(`There is no ${registry}/me/other with this tag or digest`);
});

test("a registry with a password is asked with what docker login has kept", async () => {
  // pass:word
  const hash = "$2y$05$abcdefghijklmnopqrstuuDIEddBSuRWBBEY6g5zv60IAP5bSSfki";
  const registry = await startRegistry(world, "private", `me:${hash}\n`);
  const reference = `${registry}/me/app:1`;
  copyImage(`oci:${layout}:1`, `docker://${reference}`, "me:pass:word");

  const refused = await world.unideck(["run", "--rm", reference]);
  await mkdir(world.path(".docker"));
  const auth = Buffer.from("me:pass:word").toString("base64");
  await writeFile(world.path(".docker", "config.json"), JSON.stringify({ auths: { [registry]: { auth } } }));
  const run = await world.unideck(["run", "--rm", reference]);

  expect(refused.stderr).toContain(`docker login ${registry}`);
  expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(saysAll("from the image")) });
});

test("a folder with an OCI layout, and archives of docker save and podman save, run alike", async () => {
  copyImage(`oci:${layout}:1`, `docker-archive:${world.path("saved.tar")}:me/app:1`);
  copyImage(`oci:${layout}:1`, `oci-archive:${world.path("layout.tar")}:1`);

  for (const reference of ["oci:layout:1", "docker-archive:saved.tar", "oci-archive:layout.tar:1", "./saved.tar"]) {
    const run = await world.unideck(["run", "--rm", reference, "--arg", "of mine"]);
    expect(run, reference).toMatchObject({ code: 0, stdout: expect.stringMatching(saysAll("of mine")) });
  }
});
