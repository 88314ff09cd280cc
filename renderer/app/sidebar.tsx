/** The sidebar: an entry for each screen, some of them at its foot. Icons alone where the window is narrow. */

import type { EntryState, Screen } from "../frame/screen.ts";
import { useView } from "../model/view.ts";
import { cx } from "../ui/class-names.ts";
import { screens, useScreen } from "./screens.tsx";

export function Sidebar() {
  const current = useScreen();
  const entries = (atFoot: boolean) =>
    screens
      .filter((screen) => (screen.atFoot ?? false) === atFoot)
      .map((screen) => <Entry key={screen.section} screen={screen} isCurrent={screen === current} />);
  return (
    <nav
      aria-label="Sections"
      className="flex w-(--sidebar) shrink-0 flex-col gap-0.5 border-line border-r px-2 py-2.5 max-[760px]:w-13"
    >
      {entries(false)}
      <div className="mt-auto flex flex-col gap-0.5">{entries(true)}</div>
    </nav>
  );
}

const asAlways = (): EntryState => ({});

function Entry({ screen, isCurrent }: { screen: Screen; isCurrent: boolean }) {
  const { section, useEntry = asAlways } = screen;
  const { badge, title = screen.title, icon: Icon = screen.icon, turns = false } = useEntry();
  return (
    <button
      type="button"
      title={title}
      aria-current={isCurrent ? "page" : undefined}
      className={cx(
        "flex h-[30px] items-center gap-2.5 rounded-[6px] px-2.5 text-left",
        isCurrent ? "bg-accent-soft font-semibold text-accent" : "text-fg-2 hover:bg-sunken hover:text-fg",
      )}
      onClick={() => useView.getState().show(section)}
    >
      <Icon aria-hidden className={cx("size-4 shrink-0", turns && "animate-spin")} strokeWidth={1.6} />
      <span className="truncate max-[760px]:sr-only">{title}</span>
      {badge && (
        <span className={cx("ml-auto text-xs tabular-nums max-[760px]:hidden", !isCurrent && "text-fg-3")}>
          {badge}
        </span>
      )}
    </button>
  );
}
