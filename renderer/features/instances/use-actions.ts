/** What can be done with an instance. Each answers for its own failure: nothing is swallowed. */

import { create } from "zustand";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { attempt } from "../../app/attempt.ts";
import { useView } from "../../store/view.ts";
import { isAlive } from "./state-words.ts";

/** The instance whose deletion is being asked about. */
export const useDeletion = create<{ asked: Instance | undefined }>()(() => ({ asked: undefined }));
export const askDelete = (instance: Instance) => useDeletion.setState({ asked: instance });

export interface InstanceAction {
  id: "start" | "stop" | "kill" | "restart" | "delete";
  label: string;
  run: () => void;
  bad?: boolean;
}

/** The actions that make sense in the instance's present state, the likeliest first. */
export function instanceActions(client: UnideckClient, instance: Instance): InstanceAction[] {
  const { id } = instance;
  const start = () => {
    useView.getState().openInstance(id);
    attempt(() => client.instances.start({ id }));
  };
  const remove: InstanceAction = { id: "delete", label: "Delete…", run: () => askDelete(instance), bad: true };
  if (!isAlive(instance)) {
    return [{ id: "start", label: instance.runs > 0 ? "Start again" : "Start", run: start }, remove];
  }
  const kill: InstanceAction = {
    id: "kill",
    label: "Kill",
    run: () => attempt(() => client.instances.kill({ id })),
    bad: true,
  };
  const restart: InstanceAction = {
    id: "restart",
    label: "Restart",
    run: () => attempt(() => client.instances.restart({ id })),
  };
  if (instance.state === "stopping") return [kill, remove];
  return [
    { id: "stop", label: "Stop", run: () => attempt(() => client.instances.stop({ id })) },
    restart,
    kill,
    remove,
  ];
}
