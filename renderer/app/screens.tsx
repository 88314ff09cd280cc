/** Screens that are made of several features: no feature imports another, so they are put together here. */

import { DropZone } from "../features/build-sheet/drop-zone.tsx";
import { ConsolePane } from "../features/console/console-pane.tsx";
import { FilesPane } from "../features/files/files-pane.tsx";
import { ImagesScreen } from "../features/images/screen.tsx";
import { NetworkPane } from "../features/instance-network/network-pane.tsx";
import { InstancesScreen } from "../features/instances/screen.tsx";
import { TracePane } from "../features/trace/trace-pane.tsx";
import type { InstancePanes } from "../frame/panes.ts";

export const instancePanes: InstancePanes = {
  Console: ConsolePane,
  Network: NetworkPane,
  Trace: TracePane,
  Files: FilesPane,
};

export const Instances = () => <InstancesScreen panes={instancePanes} empty={<DropZone />} />;

export const Images = () => <ImagesScreen Files={FilesPane} />;
