/** The Files tab: the instance's disk as of its last flush. It can be read, and nothing in it changed. */

import { useEffect, useState } from "react";
import type { DiskMoment, Instance } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import type { FilesComponent } from "../../frame/panes.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { formatMoment } from "../../ui/format.ts";

const LOOK_EVERY_MS = 3000;

/** When something last reached the disk, looked at now and then while the machine runs. */
function useDiskMoment({ id, state }: Instance, isLive: boolean): DiskMoment | undefined {
  const client = useClient();
  const [moment, setMoment] = useState<DiskMoment>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run that ends has written its last
  useEffect(() => {
    const gone = new AbortController();
    // Without the moment the files are shown all the same.
    const look = () => client.instances.disk({ id }, { signal: gone.signal }).then(setMoment, () => {});
    void look();
    const timer = isLive ? setInterval(look, LOOK_EVERY_MS) : undefined;
    return () => {
      gone.abort();
      clearInterval(timer);
    };
  }, [client, id, state, isLive]);
  return moment;
}

export function FilesTab({ instance, Files }: { instance: Instance; Files: FilesComponent }) {
  const isLive = isAlive(instance);
  const moment = useDiskMoment(instance, isLive);
  /** Of what is shown: when it was flushed, and how often it was read anew. */
  const [shown, setShown] = useState<{ at?: number; revision: number }>({ revision: 0 });
  const flushedAt = moment?.flushedAt;
  const at = shown.at ?? flushedAt;
  const isOld = flushedAt !== undefined && at !== undefined && flushedAt > at;
  useEffect(() => {
    if (flushedAt !== undefined) setShown((now) => (now.at === undefined ? { ...now, at: flushedAt } : now));
  }, [flushedAt]);
  const showNewer = () => setShown(({ revision }) => ({ at: flushedAt ?? 0, revision: revision + 1 }));
  return (
    <>
      <p className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-line border-b px-5 py-1.5 text-fg-2 text-s">
        <span role="note">
          Read-only: the disk as of its last flush{at !== undefined && `, ${formatMoment(at)}`}.
          {isLive && " Later writes of the program are still in the guest's memory."}
        </span>
        {isOld && <Button onClick={showNewer}>Show the current state</Button>}
      </p>
      <Files source={{ instance: instance.id }} name={instance.name} version={shown.revision} />
    </>
  );
}
