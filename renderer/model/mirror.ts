/** The mirror of the engine: a snapshot replaces it, changes are applied to it. */

import type { EngineEvent } from "../../shared/contract/events.ts";
import { useBridges } from "./bridges.ts";
import { useEngine, useKernels, useSettings } from "./engine.ts";
import { useImages } from "./images.ts";
import { useInstances } from "./instances.ts";
import { useNetworks } from "./networks.ts";
import { useTasks } from "./tasks.ts";

export function applyEvent(event: EngineEvent): void {
  if (event.type === "snapshot") {
    useEngine.setState({ engine: event.engine });
    useSettings.setState({ settings: event.settings });
    useKernels.setState({ kernels: event.kernels });
    useImages.getState().replace(event.images);
    useInstances.getState().replace(event.instances);
    useTasks.getState().replace(event.tasks);
    useNetworks.getState().replace(event.networks);
    useBridges.getState().replace(event.bridges);
    return;
  }
  if (event.images) useImages.getState().apply(event.images);
  if (event.instances) useInstances.getState().apply(event.instances);
  if (event.tasks) useTasks.getState().apply(event.tasks);
  if (event.networks) useNetworks.getState().apply(event.networks);
  if (event.bridges) useBridges.getState().apply(event.bridges);
  if (event.kernels) useKernels.setState({ kernels: event.kernels });
  if (event.settings) useSettings.setState({ settings: event.settings });
}
