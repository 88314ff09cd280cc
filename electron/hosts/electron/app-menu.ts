/** The application's own menus, by the conventions of each platform. What an entry does is handed in. Pure. */

import type { MenuItemConstructorOptions } from "electron";
import type { WindowAction } from "../../../shared/window-action.ts";

export interface MenuDeps {
  platform: NodeJS.Platform;
  /** Whether the developers' entries are there. */
  isDevelopment: boolean;
  act(action: WindowAction): void;
  chooseFile(): void;
  /** Files that were opened lately. On macOS the system lists them itself. */
  recent: readonly string[];
  openRecent(path: string): void;
  clearRecent(): void;
  about(): void;
  /** Makes the command line a command of the shell. */
  installCommandLine(): void;
}

type Item = MenuItemConstructorOptions;

export function appMenu(deps: MenuDeps): Item[] {
  const { platform, act, isDevelopment } = deps;
  const isMac = platform === "darwin";
  /** The page itself obeys the key: in a console some belong to the guest. Only a Mac's menu takes Command keys first. */
  const shortcut = (label: string, id: Extract<WindowAction, { do: "shortcut" }>["id"], key: string): Item => ({
    label,
    accelerator: `CmdOrCtrl+${key}`,
    registerAccelerator: isMac,
    click: () => act({ do: "shortcut", id }),
  });
  const about: Item = { label: "About Unideck", click: deps.about };
  const settings = shortcut("Settings…", "settings", ",");
  const separator: Item = { type: "separator" };

  const application: Item[] = isMac
    ? [
        {
          label: "Unideck",
          submenu: [
            about,
            separator,
            settings,
            separator,
            { role: "services" },
            separator,
            { role: "hide" },
            { role: "hideOthers" },
            { role: "unhide" },
            separator,
            { role: "quit" },
          ],
        },
      ]
    : [];
  return [
    ...application,
    {
      label: "&File",
      submenu: [
        shortcut("New…", "new", "N"),
        { label: "Open…", click: deps.chooseFile },
        openRecent(deps),
        ...(isMac ? [] : [separator, settings]),
        separator,
        { role: "close" },
        ...(isMac ? [] : [{ role: "quit" } satisfies Item]),
      ],
    },
    {
      label: "&Edit",
      submenu: [
        // Control with these is input for a terminal: their keys are the page's own.
        ...(["undo", "redo", "cut", "copy", "paste", "selectAll"] as const).map(
          (role): Item => ({ role, registerAccelerator: isMac }),
        ),
        separator,
        shortcut("Find in Console", "find", "F"),
        shortcut("Search or Run a Command", "palette", "K"),
      ],
    },
    {
      label: "&View",
      submenu: [
        shortcut("Instances", "instances", "1"),
        shortcut("Images", "images", "2"),
        shortcut("Networks", "networks", "3"),
        shortcut("Doctor", "doctor", "4"),
        separator,
        { role: "resetZoom" },
        { role: "zoomIn" },
        { role: "zoomOut" },
        separator,
        { role: "togglefullscreen" },
        ...(isDevelopment ? [separator, { role: "toggleDevTools" } satisfies Item] : []),
      ],
    },
    { role: "windowMenu" },
    {
      label: "&Help",
      role: "help",
      submenu: [
        shortcut("Keyboard Shortcuts", "shortcuts", "/"),
        { label: "Install Command Line…", click: deps.installCommandLine },
        ...(isMac ? [] : [separator, about]),
      ],
    },
  ];
}

function openRecent({ platform, recent, openRecent: open, clearRecent }: MenuDeps): Item {
  const label = "Open Recent";
  if (platform === "darwin") return { label, role: "recentDocuments", submenu: [{ role: "clearRecentDocuments" }] };
  const files = recent.map((path): Item => ({ label: path.replaceAll("&", "&&"), click: () => open(path) }));
  const clear: Item = { label: "Clear Recent", enabled: recent.length > 0, click: clearRecent };
  return { label, submenu: [...files, ...(files.length > 0 ? [{ type: "separator" } satisfies Item] : []), clear] };
}

/** What a right click offers on text and in fields; a terminal hands its selection over as a field. */
export function contextMenu(
  { isEditable, selectionText, editFlags, linkURL }: ContextParams,
  copyLink: (url: string) => void,
): Item[] {
  const items: Item[] = [];
  if (linkURL !== "") items.push({ label: "Copy Link", click: () => copyLink(linkURL) });
  if (isEditable) items.push({ role: "cut", enabled: editFlags.canCut });
  if (isEditable || selectionText !== "") items.push({ role: "copy", enabled: editFlags.canCopy });
  if (isEditable) items.push({ role: "paste", enabled: editFlags.canPaste });
  if (isEditable || selectionText !== "")
    items.push({ type: "separator" }, { role: "selectAll", enabled: editFlags.canSelectAll });
  return items;
}

/** As much of Electron's `ContextMenuParams` as is needed. */
interface ContextParams {
  isEditable: boolean;
  selectionText: string;
  linkURL: string;
  editFlags: { canCut: boolean; canCopy: boolean; canPaste: boolean; canSelectAll: boolean };
}
