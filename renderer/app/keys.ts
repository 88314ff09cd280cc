/** Obeys the window's keys. */

import { useEffect, useState } from "react";
import { useBuild } from "../model/draft/session.ts";
import { useView } from "../model/view.ts";
import { find, isInTerminal, type Shortcut, shortcutOf } from "../platform/shortcuts.ts";

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

/** Whether a console has the focus: some keys are others there. */
export function useIsInTerminal(): boolean {
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    const look = () => setThere(isInTerminal(document.activeElement));
    // Where the focus goes is known once it has left.
    const later = () => queueMicrotask(look);
    document.addEventListener("focusin", look);
    document.addEventListener("focusout", later);
    return () => {
      document.removeEventListener("focusin", look);
      document.removeEventListener("focusout", later);
    };
  }, []);
  return isThere;
}
