/** The Instances screen: list and detail, or the drop zone while there is nothing to list. */

import { ListAndDetail } from "../../frame/list-and-detail.tsx";
import { useInstances } from "../../model/instances.ts";
import { DropZone } from "../build-sheet/drop-zone.tsx";
import { InstanceDetail } from "./detail.tsx";
import { InstanceList } from "./list.tsx";

export function InstancesScreen() {
  const none = useInstances(({ loaded, all }) => loaded && all.length === 0);
  if (none) return <DropZone />;
  return <ListAndDetail list={<InstanceList />} detail={<InstanceDetail />} />;
}
