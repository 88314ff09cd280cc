/** What there is one of: the engine's own facts, its settings, and the kernel releases it has. */

import { create } from "zustand";
import type { Snapshot } from "../../shared/contract/events.ts";
import type { HypervisorInfo } from "../../shared/contract/hypervisors.ts";
import type { KernelRelease } from "../../shared/contract/kernels.ts";
import { defaultSettings, type Settings } from "../../shared/contract/settings.ts";
import { wholeSlice } from "./collection.ts";

export const useEngine = create<{ engine: Snapshot["engine"] | undefined }>()(() => ({ engine: undefined }));
export const useSettings = create<{ settings: Settings }>()(() => ({ settings: defaultSettings }));
export const useKernels = create<{ kernels: readonly KernelRelease[] }>()(() => ({ kernels: [] }));

export const useHypervisors = create<{ hypervisors: readonly HypervisorInfo[] }>()(() => ({ hypervisors: [] }));

export const settingsSlice = wholeSlice(
  (event) => event.settings,
  (settings) => useSettings.setState({ settings }),
);
export const kernelsSlice = wholeSlice(
  (event) => event.kernels,
  (kernels) => useKernels.setState({ kernels }),
);
export const hypervisorsSlice = wholeSlice(
  (event) => event.hypervisors,
  (hypervisors) => useHypervisors.setState({ hypervisors }),
);
