import { mkdirSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expect, test } from "vitest";
import { buildImage } from "./build.ts";
import { freeNameFor } from "./claims.ts";
import { testTask, testWorld, tiny, wishFor } from "./testing.ts";

test("the name of an image stays when the same bytes are dropped on a browser again: the image is replaced", async () => {
  using world = testWorld();
  const uploaded = async (id: string, more = "") => {
    const program = join(world.homes.uploads, id, "tiny");
    mkdirSync(dirname(program), { recursive: true });
    await writeFile(program, Buffer.concat([await readFile(tiny), Buffer.from(more)]));
    return program;
  };
  const [first, again, other] = [await uploaded("1"), await uploaded("2"), await uploaded("3", "changed")];
  await buildImage(wishFor({ program: first }), world, testTask());

  const proposals = await Promise.all(
    [again, other, tiny].map((program) => freeNameFor(world.homes, program, basename(program))),
  );
  const built = await buildImage(wishFor({ program: again, name: "tiny" }), world, testTask());

  expect(proposals).toEqual(["tiny", "tiny-2", "tiny-2"]);
  expect(built.name).toBe("tiny");
  await expect(buildImage(wishFor({ program: other, name: "tiny" }), world, testTask())).rejects.toMatchObject({
    code: "image.exists",
  });
});
