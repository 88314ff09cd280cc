/** Captured packets, as the engine of component tests has them: empty files. */

import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function captureCalls({ captures: os }: FakeContract, engine: FakeState) {
  return {
    set: os.set.handler(({ input: { id, on } }) =>
      engine.become(id, ({ capture }) => {
        const files = on ? [{ card: "net0", path: `/home/me/.unideck/${id}/net0.pcap`, sizeBytes: 24 }] : capture.files;
        return { capture: { on, isFull: false, files } };
      }),
    ),
    read: os.read.handler(async function* ({ input: { from } }) {
      yield { offset: from, bytes: "1MOyoQ==" };
    }),
  };
}
