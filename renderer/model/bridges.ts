/** Bridges of the host, by name. */

import type { Bridge } from "../../shared/contract/bridges.ts";
import { createCollection } from "./collection.ts";

export const useBridges = createCollection<Bridge>(
  (bridge) => bridge.name,
  (a, b) => (a.name < b.name ? -1 : 1),
);
