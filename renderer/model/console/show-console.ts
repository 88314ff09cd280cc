/** Puts an instance's console on screen, its stream already under way when the pane appears. */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { useView } from "../view.ts";
import { consoleOf } from "./sessions.ts";

export function showConsole(client: UnideckClient, instance: Instance): void {
  consoleOf(client, instance);
  useView.getState().openInstance(instance.id, "console");
}
