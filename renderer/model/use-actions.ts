/** What can be done with an instance. Each answers for its own failure: nothing is swallowed. */

import { create } from "zustand";
import type { UnideckClient } from "../../shared/contract/index.ts";
import type { Instance } from "../../shared/contract/instances.ts";
import { isAlive } from "../../shared/instance-state.ts";
import { attempt } from "../platform/attempt.ts";
import { useView } from "./view.ts";

/** The instance whose deletion is being asked about. */
export const useDeletion = create<{ asked: Instance | undefined }>()(() => ({ asked: undefined }));
export const askDelete = (instance: Instance) => useDeletion.setState({ asked: instance });

/** The instance that is being given another name. */
export const useRenaming = create<{ asked: Instance | undefined }>()(() => ({ asked: undefined }));

export interface InstanceAction {
  id: "start" | "trace" | "stop" | "kill" | "restart" | "pause" | "resume" | "rename" | "duplicate" | "delete";
  label: string;
  /** The same with the instance's name in it: `Start web-1 again`. */
  about: (name: string) => string;
  run: () => void;
  /** Does it from anywhere in the list. */
  keys?: string;
  bad?: boolean;
}

/** The actions that make sense in the instance's present state, the likeliest first. */
export function instanceActions(client: UnideckClient, instance: Instance): InstanceAction[] {
  const { id, runs, state } = instance;
  const { instances } = client;
  const remove: InstanceAction = {
    id: "delete",
    label: "Delete…",
    about: (name) => `Delete ${name}…`,
    run: () => askDelete(instance),
    keys: "Del",
    bad: true,
  };
  if (state === "damaged") return [remove];
  const others: InstanceAction[] = [
    {
      id: "rename",
      label: "Rename…",
      about: (name) => `Rename ${name}…`,
      run: () => useRenaming.setState({ asked: instance }),
    },
    {
      id: "duplicate",
      label: "Duplicate",
      about: (name) => `Duplicate ${name}`,
      run: () => void duplicate(client, instance),
    },
    remove,
  ];
  const words = isAlive(instance) ? ["Restart"] : runs > 0 ? ["Start", "again"] : ["Start"];
  const trace: InstanceAction = {
    id: "trace",
    label: [...words, "with trace"].join(" "),
    about: (name) => [words[0], name, ...words.slice(1), "with trace"].join(" "),
    run: () => {
      useView.getState().openInstance(id, "trace");
      void attempt(async () => {
        if (isAlive(instance)) await instances.stop({ id });
        await instances.start({ id, trace: true });
      });
    },
  };
  const traces = instance.kernel.kind === "pith" ? [trace] : [];
  if (!isAlive(instance)) {
    const start: InstanceAction = {
      id: "start",
      label: runs > 0 ? "Start again" : "Start",
      about: (name) => (runs > 0 ? `Start ${name} again` : `Start ${name}`),
      run: () => {
        useView.getState().openInstance(id);
        void attempt(() => instances.start({ id }));
      },
      keys: "Space",
    };
    return [start, ...traces, ...others];
  }
  const action = (
    which: "stop" | "kill" | "restart" | "pause" | "resume",
    label: string,
    more: Partial<InstanceAction> = {},
  ): InstanceAction => ({
    id: which,
    label,
    about: (name) => `${label} ${name}`,
    run: () => void attempt(() => instances[which]({ id })),
    ...more,
  });
  const kill = action("kill", "Kill", { bad: true });
  if (state === "stopping") return [kill, ...others];
  const motion = state === "paused" ? action("resume", "Resume") : action("pause", "Pause");
  return [action("stop", "Stop", { keys: "Space" }), action("restart", "Restart"), ...traces, motion, kill, ...others];
}

/** Starts what does not run, stops what runs. */
export function toggleInstance(client: UnideckClient, instance: Instance): void {
  const [first] = instanceActions(client, instance);
  if (first?.id === "start" || first?.id === "stop") first.run();
}

/** Another one like it, opened at once. */
function duplicate(client: UnideckClient, { id }: Instance): Promise<boolean> {
  return attempt(async () => useView.getState().openInstance((await client.instances.duplicate({ id })).id));
}
