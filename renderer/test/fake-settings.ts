/** Settings, as the engine of component tests keeps them. */

import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function settingsCalls({ settings: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  return {
    get: os.get.handler(() => world.settings),
    change: os.change.handler(({ input }) => {
      const { settings } = world;
      world.settings = {
        ...settings,
        homes: { ...settings.homes, ...input.homes },
        images: { ...settings.images, ...input.images },
        appearance: { ...settings.appearance, ...input.appearance },
        console: { ...settings.console, ...input.console },
        kernels: { ...settings.kernels, ...input.kernels },
        newInstances: { ...settings.newInstances, ...input.newInstances },
        limits: { ...settings.limits, ...input.limits },
      };
      engine.tell({ settings: world.settings });
      return world.settings;
    }),
  };
}
