/** Files that are handed over, as the engine of component tests takes them. */

import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function stagingCalls({ staging: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  return {
    begin: os.begin.handler(({ input }) => {
      const id = `s${Object.keys(world.staged).length + 1}`;
      world.staged[id] = { fileName: input.fileName, bytes: [] };
      return { id };
    }),
    append: os.append.handler(({ input }) => {
      const bytes = Buffer.from(input.bytes, "base64");
      world.staged[input.id]?.bytes.push(bytes);
      return { receivedBytes: input.offset + bytes.length };
    }),
    finish: os.finish.handler(({ input }) => {
      const staged = world.staged[input.id];
      const sizeBytes = staged?.bytes.reduce((sum, { length }) => sum + length, 0) ?? 0;
      return { path: `/staging/${input.id}/${staged?.fileName}`, sha256: "0".repeat(64), sizeBytes };
    }),
    discard: os.discard.handler(({ input }) => {
      delete world.staged[input.id];
      return { id: input.id };
    }),
  };
}
