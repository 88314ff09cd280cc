/** Private networks, by name. */

import type { Network } from "../../shared/contract/networks.ts";
import { createCollection, listSlice } from "./collection.ts";

export const useNetworks = createCollection<Network>(
  (network) => network.name,
  (a, b) => (a.name < b.name ? -1 : 1),
);

export const networksSlice = listSlice(useNetworks, ({ networks }) => networks);
