/** Obeys the window's keys, and the menus of the desktop that do the same. */

import { useEffect, useState } from "react";
import { toast } from "sonner";
import { useBuild } from "../model/draft/session.ts";
import { useView } from "../model/view.ts";
import { useClient } from "../platform/client.tsx";
import { find, isInTerminal, type Shortcut, shortcutOf } from "../platform/shortcuts.ts";
import { onWindowAction } from "../platform/window-actions.ts";

interface Overlays {
  openPalette: () => void;
  openShortcuts: () => void;
}

export function useWindowKeys({ openPalette, openShortcuts }: Overlays): void {
  const client = useClient();
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
    const leave = onWindowAction((action) => {
      switch (action.do) {
        case "shortcut":
          obey(action.id);
          return;
        case "open-file":
          void useBuild.getState().takePath(client, action.path);
          return;
        case "show-instance":
          useView.getState().openInstance(action.id);
          return;
        case "notice":
          toast(action.text);
          return;
        default:
          action satisfies never;
      }
    });
    const onKeyDown = (event: KeyboardEvent) => {
      const id = shortcutOf(event);
      if (id && obey(id)) event.preventDefault();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => {
      leave();
      window.removeEventListener("keydown", onKeyDown);
    };
  }, [client, openPalette, openShortcuts]);
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
