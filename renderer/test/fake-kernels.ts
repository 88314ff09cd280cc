/** Calls about kernels, as the engine of component tests answers them. */

import { Problem } from "../../shared/problem.ts";
import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";
import { aTask } from "./samples.ts";

export function kernelCalls({ kernels: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  const find = (id: string) => {
    const kernel = world.kernels.find((one) => one.id === id);
    if (!kernel) throw new Problem("kernel.not-found", `The kernel release ${id} is not installed`);
    return kernel;
  };
  const startTask = (kind: "download" | "import", id: string) =>
    engine.startTask(aTask({ id: `${kind}-${id}`, kind, title: `${kind} ${id}`, subject: `kernel:${id}` }));
  return {
    list: os.list.handler(() => world.kernels),
    get: os.get.handler(({ input }) => find(input.id)),
    available: os.available.handler(() => world.catalogue),
    download: os.download.handler(({ input }) => startTask("download", input.version)),
    import: os.import.handler(({ input }) => startTask("import", input.version ?? "0.1.54")),
    remove: os.remove.handler(({ input: { id } }) => {
      world.kernels = world.kernels.filter((kernel) => kernel !== find(id));
      engine.tell({ kernels: world.kernels });
      return { id };
    }),
    setDefault: os.setDefault.handler(({ input: { id } }) => {
      world.settings = { ...world.settings, kernels: { ...world.settings.kernels, default: find(id).id } };
      engine.tell({ settings: world.settings });
      return { id };
    }),
  };
}
