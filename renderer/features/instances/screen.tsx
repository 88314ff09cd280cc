/** The Instances screen: list and detail, or something else while there is nothing to list. */

import type { ReactNode } from "react";
import { ListAndDetail } from "../../frame/list-and-detail.tsx";
import type { InstancePanes } from "../../frame/panes.ts";
import { useInstances } from "../../model/instances.ts";
import { InstanceDetail } from "./detail.tsx";
import { InstanceList } from "./list.tsx";

export function InstancesScreen({ panes, empty }: { panes: InstancePanes; empty: ReactNode }) {
  const none = useInstances(({ loaded, all }) => loaded && all.length === 0);
  if (none) return empty;
  return <ListAndDetail list={<InstanceList />} detail={<InstanceDetail panes={panes} />} />;
}
