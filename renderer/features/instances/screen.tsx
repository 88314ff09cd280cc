/** The Instances screen: list and detail, or the drop zone while there is nothing to list. */

import { useInstances } from "../../store/instances.ts";
import { LIST_WIDTH, useView } from "../../store/view.ts";
import { Split } from "../../ui/split.tsx";
import { DropZone } from "../build/drop-zone.tsx";
import { InstanceDetail } from "./detail.tsx";
import { InstanceList } from "./list.tsx";

export function InstancesScreen() {
  const none = useInstances(({ loaded, all }) => loaded && all.length === 0);
  const listWidthPx = useView((view) => view.listWidthPx);
  const detailOpen = useView((view) => view.detailOpen);
  if (none) return <DropZone />;
  return (
    <Split
      list={<InstanceList />}
      detail={<InstanceDetail />}
      listWidthPx={listWidthPx}
      limits={LIST_WIDTH}
      onListWidth={useView.getState().setListWidth}
      detailOpen={detailOpen}
    />
  );
}
