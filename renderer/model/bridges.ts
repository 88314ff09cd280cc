/** Bridges of the host, by name. */

import type { Bridge } from "../../shared/contract/bridges.ts";
import { createCollection, listSlice } from "./collection.ts";

export const useBridges = createCollection<Bridge>(
  (bridge) => bridge.name,
  (a, b) => (a.name < b.name ? -1 : 1),
);

export const bridgesSlice = listSlice(useBridges, ({ bridges }) => bridges);
