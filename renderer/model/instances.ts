/** Instances, the newest first. */

import type { Instance } from "../../shared/contract/instances.ts";
import { createCollection, listSlice } from "./collection.ts";

export const useInstances = createCollection<Instance>(
  (instance) => instance.id,
  (a, b) => b.times.created - a.times.created || (a.id < b.id ? -1 : 1),
);

export const instancesSlice = listSlice(useInstances, ({ instances }) => instances);
