/** What a screen shows in its tabs without knowing the feature behind it: the window puts both together. */

import type { ComponentType } from "react";
import type { Instance } from "../../shared/contract/instances.ts";

/** Whose files: those of an image by its name, or those on the disk of an instance as it is now. */
export type FilesSource = { image: string } | { instance: string };

export interface FilesPaneProps {
  source: FilesSource;
  /** What a person calls it. */
  name: string;
  /** When this changes, the files are read again. */
  version?: string | number | undefined;
}

export type FilesComponent = ComponentType<FilesPaneProps>;

/** The tabs of an instance that are features of their own. */
export interface InstancePanes {
  Console: ComponentType<{ instance: Instance }>;
  Network: ComponentType<{ instance: Instance }>;
  Trace: ComponentType<{ instance: Instance }>;
  Files: FilesComponent;
}
