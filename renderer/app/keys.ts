/** Obeys the window's keys. */

import { useEffect } from "react";
import { useBuild } from "../model/draft/session.ts";
import { useView } from "../model/view.ts";
import { find, type Shortcut, shortcutOf } from "../platform/shortcuts.ts";

interface Overlays {
  openPalette: () => void;
  openShortcuts: () => void;
}

export function useWindowKeys({ openPalette, openShortcuts }: Overlays): void {
  useEffect(() => {
    const obey = (id: Shortcut["id"]): boolean => {
      switch (id) {
        case "palette":
          openPalette();
          return true;
        case "shortcuts":
          openShortcuts();
          return true;
        case "new":
          useBuild.getState().choose();
          return true;
        case "find":
          return find();
        default:
          useView.getState().show(id);
          return true;
      }
    };
    const onKeyDown = (event: KeyboardEvent) => {
      const id = shortcutOf(event);
      if (id && obey(id)) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [openPalette, openShortcuts]);
}
