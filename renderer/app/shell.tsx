/** The window: title bar, sidebar, the section on screen, and what may lie over it. */

import { Plus, Search } from "lucide-react";
import { Suspense, useCallback, useState } from "react";
import { RunSheet } from "../features/build-sheet/run-sheet.tsx";
import { BuildSheet } from "../features/build-sheet/sheet.tsx";
import { DeleteDialog } from "../features/instances/delete-dialog.tsx";
import { RenameDialog } from "../features/instances/rename-dialog.tsx";
import { ConnectionBanner } from "../frame/connection-state.tsx";
import { useBuild } from "../model/draft/session.ts";
import { useSettings } from "../model/engine.ts";
import { keysOf } from "../platform/shortcuts.ts";
import { Button } from "../ui/button.tsx";
import { Toasts } from "../ui/toasts.tsx";
import { DropTarget } from "./drop-target.tsx";
import { useIsInTerminal, useWindowKeys } from "./keys.ts";
import { Notices } from "./notices.tsx";
import { Palette } from "./palette.tsx";
import { useScreen } from "./screens.tsx";
import { ShortcutsSheet } from "./shortcuts-sheet.tsx";
import { Sidebar } from "./sidebar.tsx";
import { UpdateNotice } from "./update-notice.tsx";

export function Shell() {
  const [over, setOver] = useState<"palette" | "shortcuts">();
  const theme = useSettings(({ settings }) => settings.appearance.theme);
  const openPalette = useCallback(() => setOver("palette"), []);
  const openShortcuts = useCallback(() => setOver("shortcuts"), []);
  const close = useCallback((which: typeof over) => setOver((now) => (now === which ? undefined : now)), []);
  useWindowKeys({ openPalette, openShortcuts });
  return (
    <div className="flex h-full flex-col bg-bg text-fg">
      <TitleBar openPalette={openPalette} />
      <ConnectionBanner />
      <Notices />
      <UpdateNotice />
      <div className="flex min-h-0 flex-1">
        <Sidebar />
        <main className="flex min-h-0 min-w-0 flex-1 bg-surface">
          <ScreenShown />
        </main>
      </div>
      <BuildSheet />
      <RunSheet />
      <DeleteDialog />
      <RenameDialog />
      <Palette open={over === "palette"} onClose={() => close("palette")} openShortcuts={openShortcuts} />
      <ShortcutsSheet open={over === "shortcuts"} onClose={() => close("shortcuts")} />
      <DropTarget />
      <Toasts theme={theme} />
    </div>
  );
}

function TitleBar({ openPalette }: { openPalette: () => void }) {
  const inTerminal = useIsInTerminal();
  return (
    <header className="grid h-(--bar) shrink-0 grid-cols-[1fr_minmax(0,380px)_1fr] items-center gap-3 border-line border-b px-3.5">
      <strong className="font-bold">Unideck</strong>
      <button
        type="button"
        onClick={openPalette}
        className="flex h-7 min-w-0 items-center gap-2 rounded-m border border-line bg-surface px-2.5 text-fg-3 text-s hover:border-line-strong"
      >
        <Search aria-hidden className="size-3.5 shrink-0" strokeWidth={1.8} />
        <span className="truncate">Search or run a command</span>
        <kbd className="ml-auto rounded-[4px] border border-line bg-sunken px-[5px] text-xs whitespace-nowrap">
          {keysOf("palette", inTerminal)}
        </kbd>
      </button>
      <Button look="main" icon={Plus} className="justify-self-end" onClick={() => useBuild.getState().choose()}>
        New
      </Button>
    </header>
  );
}

function ScreenShown() {
  const { section, Page } = useScreen();
  return (
    <Suspense key={section}>
      <Page />
    </Suspense>
  );
}
