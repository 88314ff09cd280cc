/** Where a window stands: read back from the last time, and only where a display still shows it. Pure. */

import { z } from "zod";

const Bounds = z.object({
  x: z.number().int(),
  y: z.number().int(),
  width: z.number().int().min(1).max(32_768),
  height: z.number().int().min(1).max(32_768),
});
type Bounds = z.infer<typeof Bounds>;

export const WindowPlace = z.object({
  bounds: Bounds,
  isMaximized: z.boolean().default(false),
  isFullScreen: z.boolean().default(false),
  zoomLevel: z.number().min(-8).max(9).default(0),
});
export type WindowPlace = z.infer<typeof WindowPlace>;

export const LEAST = { width: 480, height: 360 } as const;
const DEFAULT = { width: 1280, height: 800 } as const;
/** So much of the title bar has to be within reach. */
const WITHIN_REACH_PX = 64;

export interface OpenedPlace {
  /** Without x and y the system chooses. */
  bounds: Partial<Bounds> & { width: number; height: number };
  isMaximized: boolean;
  isFullScreen: boolean;
  zoomLevel: number;
}

/** @param workAreas of the displays that are there now, the main one first */
export function placeToOpen(stored: unknown, workAreas: readonly Bounds[]): OpenedPlace {
  const place = WindowPlace.safeParse(stored).data;
  const main = workAreas[0] ?? { x: 0, y: 0, ...DEFAULT };
  const rest = {
    isMaximized: place?.isMaximized ?? false,
    isFullScreen: place?.isFullScreen ?? false,
    zoomLevel: place?.zoomLevel ?? 0,
  };
  if (!place) return { bounds: fitting(DEFAULT, main), ...rest };
  const { bounds } = place;
  const display = workAreas.find((area) => isWithinReach(bounds, area));
  if (!display) return { bounds: fitting(bounds, main), ...rest };
  return { bounds: { x: bounds.x, y: bounds.y, ...fitting(bounds, display) }, ...rest };
}

const fitting = ({ width, height }: { width: number; height: number }, area: Bounds) => ({
  width: Math.max(LEAST.width, Math.min(width, area.width)),
  height: Math.max(LEAST.height, Math.min(height, area.height)),
});

function isWithinReach({ x, y, width }: Bounds, area: Bounds): boolean {
  const seen = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  return seen >= WITHIN_REACH_PX && y >= area.y && y <= area.y + area.height - WITHIN_REACH_PX;
}
