/** The run sheet's state: which image, and how it is to be run. What was run last is remembered for each image. */

import { z } from "zod";
import { create } from "zustand";
import { persist } from "zustand/middleware";
import { Attachment } from "../../../shared/contract/bridges.ts";
import { HypervisorOptions } from "../../../shared/contract/hypervisors.ts";
import type { Image } from "../../../shared/contract/images.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import { InstanceSpec } from "../../../shared/contract/instances.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { problemOf } from "../../platform/problem-of.ts";
import { showConsole } from "../console/show-console.ts";
import { useSettings } from "../engine.ts";
import { type RunDraft, runDraftFor, runSpecOf } from "./draft.ts";

const StoredDraft = z.object({
  ports: z.string().max(2000),
  memory: z.string().max(40),
  cpus: z.string().max(10),
  // What was stored before there were options has none.
  options: HypervisorOptions.default({}),
  network: InstanceSpec.shape.network.unwrap(),
  networks: z.array(z.string()).max(8),
  bridges: z.array(Attachment).max(8),
}) satisfies z.ZodType<RunDraft>;
const Stored = z.object({ runs: z.array(z.tuple([z.string(), StoredDraft])) });

/** Of more images than these, the values of the last run are forgotten. */
const MOST_REMEMBERED = 100;

interface LastRuns {
  runs: readonly (readonly [image: string, draft: RunDraft])[];
}

/** How images were run last, the latest first: remembered in this browser, checked when it is read back. */
export const useLastRuns = create<LastRuns>()(
  persist((): LastRuns => ({ runs: [] }), {
    name: "unideck.runs",
    merge: (stored, current) => ({ ...current, ...(Stored.safeParse(stored).data ?? {}) }),
  }),
);

export function rememberRun(image: string, draft: RunDraft): void {
  const { ports, memory, cpus, options, network, networks, bridges } = draft;
  const run = { ports, memory, cpus, options, network, networks, bridges };
  const others = useLastRuns.getState().runs.filter(([name]) => name !== image);
  useLastRuns.setState({ runs: [[image, run] as const, ...others].slice(0, MOST_REMEMBERED) });
}

interface RunState {
  open: boolean;
  image: Image | undefined;
  draft: RunDraft | undefined;
  /** The values are those of the last run. */
  isAgain: boolean;
  isStarting: boolean;
  problem: ProblemReport | undefined;
  /** It runs: its console is where to go on. */
  hasRun: boolean;
}

interface RunSlice extends RunState {
  ask(image: Image): void;
  edit(change: Partial<RunDraft>): void;
  run(client: UnideckClient): Promise<void>;
  close(): void;
}

export const useRun = create<RunSlice>()((set, get) => ({
  open: false,
  image: undefined,
  draft: undefined,
  isAgain: false,
  isStarting: false,
  problem: undefined,
  hasRun: false,
  ask: (image) => {
    const last = useLastRuns.getState().runs.find(([name]) => name === image.name)?.[1];
    const draft = last ?? runDraftFor(declaredPorts(image), useSettings.getState().settings);
    set({
      open: true,
      image,
      draft,
      isAgain: last !== undefined,
      isStarting: false,
      problem: undefined,
      hasRun: false,
    });
  },
  edit: (change) => set(({ draft }) => ({ draft: draft && { ...draft, ...change }, problem: undefined })),
  run: async (client) => {
    const { image, draft, isStarting } = get();
    const spec = draft && runSpecOf(draft);
    if (!image || !spec || "errors" in spec || isStarting) return;
    set({ isStarting: true, problem: undefined });
    try {
      const instance = await client.instances.create({ image: image.name, spec: spec.run });
      rememberRun(image.name, draft);
      showConsole(client, instance);
      if (get().image === image) set({ open: false, hasRun: true });
    } catch (error) {
      if (get().image === image) set({ problem: problemOf(error) });
    } finally {
      if (get().image === image) set({ isStarting: false });
    }
  },
  close: () => set({ open: false }),
}));

/** The guest ports that an image declares: in its environment, where OPS and Unideck put them. */
export function declaredPorts({ environment, build }: Pick<Image, "environment" | "build">): number[] {
  const declared = (environment.OPS_PORT ?? "").split(",").map((entry) => Number(entry.trim()));
  const ports = [...declared, ...(build?.spec.ports ?? [])];
  return [...new Set(ports.filter((port) => Number.isInteger(port) && port > 0 && port <= 65535))].slice(0, 64);
}
