/** Private networks, by name. */

import type { Network } from "../../shared/contract/networks.ts";
import { createCollection } from "./collection.ts";

export const useNetworks = createCollection<Network>(
  (network) => network.name,
  (a, b) => (a.name < b.name ? -1 : 1),
);
