/** The Images screen, for the window. */

import { Box } from "lucide-react";
import type { FilesComponent } from "../../frame/panes.ts";
import { countBadge, type Screen } from "../../frame/screen.ts";
import { imagesSlice, useImages } from "../../model/images.ts";
import { imageCommands } from "./commands.ts";
import { ImagesScreen } from "./screen.tsx";

export const images = (Files: FilesComponent): Screen => ({
  section: "images",
  title: "Images",
  icon: Box,
  shortcut: "images",
  useEntry: () => ({ badge: countBadge(useImages(({ all }) => all.length)) }),
  Page: () => <ImagesScreen Files={Files} />,
  slices: [imagesSlice],
  objectCommands: imageCommands,
});
