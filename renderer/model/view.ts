/** What is on screen: section, selection, tab, widths. Remembered in this browser, checked when it is read back. */

import { z } from "zod";
import { create } from "zustand";
import { persist } from "zustand/middleware";

export const InstanceTab = z.enum(["overview", "console", "files", "network", "trace", "log"]);
export type InstanceTab = z.infer<typeof InstanceTab>;

export const ImageTab = z.enum(["overview", "files"]);
export type ImageTab = z.infer<typeof ImageTab>;
/** More terminals than this are too small to be read. */
export const MOST_TILES = 9;

const View = z.object({
  /** Of which screen; the window shows the first one where there is no such screen. */
  section: z.string().default("instances"),
  instance: z.string().optional(),
  instanceTab: InstanceTab.default("overview"),
  image: z.string().optional(),
  network: z.string().optional(),
  imageTab: ImageTab.default("overview"),
  /** Instances whose consoles stand side by side; before anybody has chosen, those that run. */
  consoles: z.array(z.string()).max(MOST_TILES).optional(),
  /** In one column: whether the detail stands in front of the list. */
  detailOpen: z.boolean().default(false),
  listWidthPx: z.number().min(220).max(640).default(340),
});
type View = z.infer<typeof View>;

interface ViewSlice extends View {
  show(section: string): void;
  selectInstance(id: string | undefined): void;
  openInstance(id: string, tab?: InstanceTab): void;
  selectImage(name: string | undefined): void;
  openImage(name: string): void;
  selectNetwork(name: string | undefined): void;
  openNetwork(name: string | undefined): void;
  setInstanceTab(tab: InstanceTab): void;
  setImageTab(tab: ImageTab): void;
  showConsoles(ids: string[]): void;
  setListWidth(px: number): void;
  closeDetail(): void;
}

export const LIST_WIDTH = { min: 220, max: 640 } as const;

export const useView = create<ViewSlice>()(
  persist(
    (set) => ({
      ...View.parse({}),
      show: (section) => set({ section, detailOpen: false }),
      selectInstance: (id) => set({ instance: id }),
      openInstance: (id, tab) =>
        set({ section: "instances", instance: id, detailOpen: true, ...(tab ? { instanceTab: tab } : {}) }),
      selectImage: (name) => set({ image: name }),
      openImage: (name) => set({ section: "images", image: name, detailOpen: true }),
      selectNetwork: (name) => set({ network: name }),
      openNetwork: (name) => set({ section: "networks", network: name, detailOpen: true }),
      setInstanceTab: (instanceTab) => set({ instanceTab }),
      setImageTab: (imageTab) => set({ imageTab }),
      showConsoles: (ids) => set({ consoles: ids.slice(0, MOST_TILES) }),
      setListWidth: (px) => set({ listWidthPx: Math.round(Math.min(LIST_WIDTH.max, Math.max(LIST_WIDTH.min, px))) }),
      closeDetail: () => set({ detailOpen: false }),
    }),
    {
      name: "unideck.view",
      partialize: (state) => View.parse(state),
      merge: (stored, current) => ({ ...current, ...(View.safeParse(stored).data ?? {}) }),
    },
  ),
);
