/** Images by name, the newest first. */

import type { Image } from "../../shared/contract/images.ts";
import { createCollection, listSlice } from "./collection.ts";

export const useImages = createCollection<Image>(
  (image) => image.name,
  (a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || (a.name < b.name ? -1 : 1),
);

export const imagesSlice = listSlice(useImages, ({ images }) => images);
