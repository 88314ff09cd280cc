/** Calls about images and what is in them, as the engine of component tests answers them. */

import { Problem } from "../../shared/problem.ts";
import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function imageCalls({ images: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  return {
    list: os.list.handler(() => world.images),
    get: os.get.handler(({ input }) => {
      const image = world.images.find(({ name }) => name === input.name);
      if (!image) throw new Problem("image.not-found", `There is no image ${input.name}`);
      return image;
    }),
    build: os.build.handler(() => engine.startTask()),
    export: os.export.handler(() => engine.startTask()),
    remove: os.remove.handler(({ input: { name } }) => {
      world.images = world.images.filter((image) => image.name !== name);
      engine.tell({ images: { upsert: [], remove: [name] } });
      return { name };
    }),
  };
}

export function imageContentsCalls({ imageContents: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  return {
    show: os.show.handler(({ input }) => world.show(input.image)),
    digest: os.digest.handler(({ input }) => ({ sha256: world.digest(input.image) })),
    sbom: os.sbom.handler(({ input }) => world.sbom(input.image)),
    files: os.files.handler(async function* ({ input }) {
      yield world.files(input.image, input.path, input.recursive);
    }),
    space: os.space.handler(({ input }) => world.space(input.image)),
    read: os.read.handler(async function* ({ input: { path, from, lengthBytes } }) {
      const bytes = Buffer.from(world.contents(path), "base64").subarray(from, lengthBytes && from + lengthBytes);
      yield { offset: from, bytes: bytes.toString("base64") };
    }),
    copyOut: os.copyOut.handler(() => engine.startTask()),
    check: os.check.handler(({ input }) => world.check(input.image)),
  };
}
