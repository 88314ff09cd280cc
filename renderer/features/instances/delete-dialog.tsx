/** The question before an instance is deleted: it names what is lost. */

import { useRef } from "react";
import type { Instance } from "../../../shared/contract/instances.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { formatBytes } from "../../ui/format.ts";
import { isAlive } from "./state-words.ts";
import { useDeletion } from "./use-actions.ts";

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
      onConfirm={() => void attempt(() => client.instances.remove({ id: instance.id, force: isAlive(instance) }))}
    >
      <p>
        Its disk with everything the program wrote, its console ({formatBytes(instance.consoleBytes)}) and its log are
        lost. The image {instance.image} stays.
      </p>
      {isAlive(instance) && <p className="mt-2">It is running and will be ended at once.</p>}
    </Confirm>
  );
}
