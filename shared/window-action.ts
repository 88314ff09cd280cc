/** What a menu, a tray or a link of the desktop asks the window's page to do, as preload.ts hands it on. */

export type WindowAction =
  | {
      do: "shortcut";
      id: "palette" | "shortcuts" | "new" | "find" | "instances" | "images" | "networks" | "doctor" | "settings";
    }
  | { do: "open-file"; path: string }
  | { do: "show-instance"; id: string }
  | { do: "notice"; text: string };

/** The word with which an action is handed on; preload.ts knows it too. */
export const ACTION_MESSAGE = "unideck:act";
