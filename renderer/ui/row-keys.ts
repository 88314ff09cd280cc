/** The keys that move a choice among rows, the same in every list and tree. Pure but for the height of what is on screen. */

import type { KeyboardEvent } from "react";

/** A row to be chosen; where that one is no choice, the next one in steps of `step`. */
export interface Goal {
  row: number;
  step: 1 | -1;
}

/** Where a key leads from row `at` (-1: none is chosen) among `count`; undefined for a key that leads nowhere. */
export function goalOf(key: string, at: number, count: number, pageRows: number): Goal | undefined {
  const last = count - 1;
  const goal = goalFrom(key, at, last, pageRows);
  return goal && { ...goal, row: Math.min(last, Math.max(0, goal.row)) };
}

function goalFrom(key: string, at: number, last: number, pageRows: number): Goal | undefined {
  switch (key) {
    case "ArrowDown":
      return { row: at + 1, step: 1 };
    case "ArrowUp":
      return { row: at < 0 ? last : at - 1, step: -1 };
    case "Home":
      return { row: 0, step: 1 };
    case "End":
      return { row: last, step: -1 };
    case "PageDown":
      return { row: at + pageRows, step: -1 };
    case "PageUp":
      return { row: at - pageRows, step: 1 };
    default:
      return undefined;
  }
}

/** How many rows a page key passes: one stays in sight. */
export function pageRows(scroller: HTMLElement | null, rowPx: number): number {
  return Math.max(1, Math.floor((scroller?.clientHeight ?? 0) / rowPx) - 1);
}

/** Keys with these belong to the window, not to a list. */
export const isChord = ({ ctrlKey, metaKey, altKey }: KeyboardEvent) => ctrlKey || metaKey || altKey;
