/** The sidebar: sections with counts; tasks, doctor and settings at its foot. Icons alone where the window is narrow. */

import {
  Activity,
  Box,
  LayoutGrid,
  ListChecks,
  LoaderCircle,
  type LucideIcon,
  Network,
  Play,
  Settings,
} from "lucide-react";
import { useBridges } from "../model/bridges.ts";
import { useImages } from "../model/images.ts";
import { useInstances } from "../model/instances.ts";
import { useNetworks } from "../model/networks.ts";
import { useTasks } from "../model/tasks.ts";
import { type Section, useView } from "../model/view.ts";
import { cx } from "../ui/class-names.ts";
import { count } from "../ui/format.ts";

export function Sidebar() {
  const instances = useInstances(({ all }) => all.length);
  const images = useImages(({ all }) => all.length);
  const networks = useNetworks(({ all }) => all.length) + useBridges(({ all }) => all.length);
  return (
    <nav
      aria-label="Sections"
      className="flex w-(--sidebar) shrink-0 flex-col gap-0.5 border-line border-r px-2 py-2.5 max-[760px]:w-13"
    >
      <Entry section="instances" icon={Play} badge={instances > 0 ? String(instances) : undefined}>
        Instances
      </Entry>
      <Entry section="consoles" icon={LayoutGrid}>
        Consoles
      </Entry>
      <Entry section="images" icon={Box} badge={images > 0 ? String(images) : undefined}>
        Images
      </Entry>
      <Entry section="networks" icon={Network} badge={networks > 0 ? String(networks) : undefined}>
        Networks
      </Entry>
      <div className="mt-auto flex flex-col gap-0.5">
        <TasksEntry />
        <Entry section="doctor" icon={Activity}>
          Doctor
        </Entry>
        <Entry section="settings" icon={Settings}>
          Settings
        </Entry>
      </div>
    </nav>
  );
}

/** How many tasks run, and how far they are together where that is known. */
function TasksEntry() {
  const all = useTasks((slice) => slice.all);
  const running = all.filter(({ state }) => state === "running");
  const known = running.filter(({ progress }) => progress.total > 0);
  const part = known.reduce((sum, { progress }) => sum + progress.done / progress.total, 0);
  const badge = known.length > 0 ? `${Math.floor((part / known.length) * 100)}%` : undefined;
  return (
    <Entry
      section="tasks"
      icon={running.length > 0 ? LoaderCircle : ListChecks}
      badge={badge}
      turns={running.length > 0}
    >
      {running.length > 0 ? count(running.length, "task") : "Tasks"}
    </Entry>
  );
}

interface EntryProps {
  section: Section;
  icon: LucideIcon;
  badge?: string | undefined;
  turns?: boolean;
  children: string;
}

function Entry({ section, icon: Icon, badge, turns, children }: EntryProps) {
  const isCurrent = useView((view) => view.section === section);
  return (
    <button
      type="button"
      title={children}
      aria-current={isCurrent ? "page" : undefined}
      className={cx(
        "flex h-[30px] items-center gap-2.5 rounded-[6px] px-2.5 text-left",
        isCurrent ? "bg-accent-soft font-semibold text-accent" : "text-fg-2 hover:bg-sunken hover:text-fg",
      )}
      onClick={() => useView.getState().show(section)}
    >
      <Icon aria-hidden className={cx("size-4 shrink-0", turns && "animate-spin")} strokeWidth={1.6} />
      <span className="truncate max-[760px]:sr-only">{children}</span>
      {badge && (
        <span className={cx("ml-auto text-xs tabular-nums max-[760px]:hidden", !isCurrent && "text-fg-3")}>
          {badge}
        </span>
      )}
    </button>
  );
}
