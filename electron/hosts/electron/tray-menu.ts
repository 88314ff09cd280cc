/** The menu of the item in the tray or the menu bar: what runs, what can be started, open and quit. Pure. */

import type { MenuItemConstructorOptions } from "electron";
import type { Instance } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";

/** A menu longer than this is no menu: the window has the rest. */
const MOST = 12;

export interface TrayDeps {
  open(id?: string): void;
  start(id: string): void;
  stop(id: string): void;
  quit(): void;
}

export function trayMenu(all: Iterable<Instance>, deps: TrayDeps): MenuItemConstructorOptions[] {
  const instances = [...all];
  const running = instances.filter(isAlive).sort(byName).slice(0, MOST);
  const others = instances
    .filter((one) => !isAlive(one))
    .sort(byName)
    .slice(0, Math.max(0, MOST - running.length));
  return [
    { label: "Open Unideck", click: () => deps.open() },
    { type: "separator" },
    ...(running.length === 0 ? [{ label: "No running instances", enabled: false }] : []),
    ...running.map(
      ({ id, name }): MenuItemConstructorOptions => ({
        label: name,
        submenu: [
          { label: "Show", click: () => deps.open(id) },
          { label: "Stop", click: () => deps.stop(id) },
        ],
      }),
    ),
    ...(others.length === 0
      ? []
      : [
          {
            label: "Start",
            submenu: others.map(({ id, name }) => ({ label: name, click: () => deps.start(id) })),
          } satisfies MenuItemConstructorOptions,
        ]),
    { type: "separator" },
    { label: "Quit Unideck", click: () => deps.quit() },
  ];
}

const byName = (a: Instance, b: Instance) => a.name.localeCompare(b.name);

export const trayTitle = (running: number) =>
  running === 0 ? "Unideck" : `Unideck: ${running === 1 ? "1 instance runs" : `${running} instances run`}`;

/**
 * The item's picture as BGRA pixels: a rounded frame with a bar at its bottom, in one ink. Drawn here, as it has to be there
 * in a source tree too.
 */
export function trayPicture(size: number): Buffer {
  const pixels = Buffer.alloc(size * size * 4);
  const ink = [0xe8, 0x72, 0x3c, 0xff];
  const [edge, line] = [Math.round(size / 10), Math.max(2, Math.round(size / 9))];
  for (let y = edge; y < size - edge; y++)
    for (let x = edge; x < size - edge; x++) {
      const fromSide = Math.min(x - edge, size - edge - 1 - x);
      const fromTop = y - edge;
      const fromBottom = size - edge - 1 - y;
      const isFrame = fromSide < line || fromBottom < line || (fromTop < line && fromSide < size / 4);
      const isCorner = fromSide + Math.min(fromTop, fromBottom) < 2;
      const isBar = fromBottom >= line * 2 && fromBottom < line * 3 && fromSide >= line * 2;
      if ((isFrame && !isCorner) || isBar) pixels.set(ink, (y * size + x) * 4);
    }
  return pixels;
}
