/** The question before an instance is deleted: it names what is lost. */

import { useRef } from "react";
import { toast } from "sonner";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import { type Instance, UNDO_MS } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { useInstances } from "../../model/instances.ts";
import { useDeletion } from "../../model/use-actions.ts";
import { useView } from "../../model/view.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { formatBytes } from "../../ui/format.ts";

export function DeleteDialog() {
  const client = useClient();
  const asked = useDeletion(({ asked }) => asked);
  // The words stay while the dialog fades away.
  const last = useRef<Instance>(undefined);
  if (asked) last.current = asked;
  const instance = asked ?? last.current;
  if (!instance) return null;
  const close = () => useDeletion.setState({ asked: undefined });
  return (
    <Confirm
      open={asked !== undefined}
      title={`Delete ${instance.name}?`}
      action={isAlive(instance) ? "Stop and delete" : "Delete"}
      onClose={close}
      onConfirm={() => void remove(client, instance)}
    >
      {instance.damage && <p className="mb-2 break-all">Its folder is {instance.damage.folder}.</p>}
      <p>
        Its disk with everything the program wrote, its console ({formatBytes(instance.consoleBytes)}) and its log are
        lost. {instance.damage ? "Images stay." : `The image ${instance.image} stays.`}
      </p>
      {isAlive(instance) && <p className="mt-2">It is running and will be killed.</p>}
    </Confirm>
  );
}

/** Deletes it and chooses its neighbour in the list, so that arrow keys go on from there; offers to undo that for a while. */
async function remove(client: UnideckClient, instance: Instance): Promise<void> {
  const { id, name } = instance;
  const { all } = useInstances.getState();
  const at = all.findIndex((one) => one.id === id);
  const neighbour = all[at + 1] ?? all[at - 1];
  const isGone = await attempt(() => client.instances.remove({ id, force: isAlive(instance), undo: true }));
  if (!isGone) return;
  const view = useView.getState();
  if (view.instance === id) view.selectInstance(neighbour?.id);
  toast(`Deleted ${name}`, {
    duration: UNDO_MS - 1000,
    action: { label: "Undo", onClick: () => void attempt(() => client.instances.restore({ id })) },
  });
}
