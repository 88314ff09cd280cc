/** The window: title bar, sidebar, the section that is on screen, and the whole of it a place to drop on. */

import { Activity, Box, ListTodo, type LucideIcon, Play, Plus } from "lucide-react";
import { type DragEvent, useEffect, useState } from "react";
import { Toaster } from "sonner";
import { readDrop } from "../features/build/dropped.ts";
import { useBuild } from "../features/build/session.ts";
import { BuildSheet } from "../features/build/sheet.tsx";
import { DoctorScreen } from "../features/doctor/screen.tsx";
import { ImagesScreen } from "../features/images/screen.tsx";
import { DeleteDialog } from "../features/instances/delete-dialog.tsx";
import { InstancesScreen } from "../features/instances/screen.tsx";
import { TasksScreen } from "../features/tasks/screen.tsx";
import { useConnection } from "../store/connection.ts";
import { useSettings } from "../store/engine.ts";
import { useImages } from "../store/images.ts";
import { useInstances } from "../store/instances.ts";
import { useTasks } from "../store/tasks.ts";
import { type Section, useView } from "../store/view.ts";
import { Button } from "../ui/button.tsx";
import { cx } from "../ui/class-names.ts";
import { ProblemNote } from "../ui/note.tsx";
import { useClient } from "./client.tsx";

export function Shell() {
  const client = useClient();
  const [isOver, setOver] = useState(false);
  useTheme();
  const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping has its twin for the keyboard, the button that chooses a file
    <div
      className="flex h-full flex-col bg-bg text-fg"
      onDragOver={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void useBuild.getState().takeDrop(client, readDrop(event.dataTransfer));
      }}
    >
      <header className="flex h-(--bar) shrink-0 items-center gap-3 border-line border-b bg-surface px-4">
        <strong className="font-semibold">Unideck</strong>
        <Button look="main" icon={Plus} className="ml-auto" onClick={() => useBuild.getState().choose()}>
          New
        </Button>
      </header>
      <ConnectionBanner />
      <div className="flex min-h-0 flex-1 max-[900px]:flex-col">
        <Sidebar />
        <main className="flex min-h-0 min-w-0 flex-1 bg-surface">
          <SectionOnScreen />
        </main>
      </div>
      <BuildSheet />
      <DeleteDialog />
      <Toaster position="bottom-right" />
      {isOver && (
        <div className="pointer-events-none fixed inset-2 z-40 grid place-items-center rounded-l border-2 border-accent border-dashed bg-accent-soft/80 font-semibold text-l">
          Drop the program to build it
        </div>
      )}
    </div>
  );
}

function SectionOnScreen() {
  const section = useView((view) => view.section);
  switch (section) {
    case "images":
      return <ImagesScreen />;
    case "tasks":
      return <TasksScreen />;
    case "doctor":
      return <DoctorScreen />;
    default:
      return <InstancesScreen />;
  }
}

function Sidebar() {
  const instances = useInstances(({ all }) => all.length);
  const images = useImages(({ all }) => all.length);
  const running = useTasks(({ all }) => all.filter(({ state }) => state === "running").length);
  return (
    <nav
      aria-label="Sections"
      className="flex w-50 shrink-0 flex-col gap-0.5 border-line border-r p-2 max-[900px]:w-auto max-[900px]:flex-row"
    >
      <Entry section="instances" icon={Play} count={instances}>
        Instances
      </Entry>
      <Entry section="images" icon={Box} count={images}>
        Images
      </Entry>
      <div className="flex-1" />
      <Entry section="tasks" icon={ListTodo} count={running}>
        Tasks
      </Entry>
      <Entry section="doctor" icon={Activity}>
        Doctor
      </Entry>
    </nav>
  );
}

interface EntryProps {
  section: Section;
  icon: LucideIcon;
  count?: number;
  children: string;
}

function Entry({ section, icon: Icon, count, children }: EntryProps) {
  const isCurrent = useView((view) => view.section === section);
  return (
    <button
      type="button"
      aria-current={isCurrent ? "page" : undefined}
      className={cx(
        "flex h-8 items-center gap-2.5 rounded-m px-2.5 text-left",
        isCurrent ? "bg-accent-soft font-semibold text-accent" : "text-fg-2 hover:bg-sunken",
      )}
      onClick={() => useView.getState().show(section)}
    >
      <Icon aria-hidden className="size-4" strokeWidth={1.8} />
      {children}
      {count !== undefined && count > 0 && <span className="ml-auto text-xs tabular-nums">{count}</span>}
    </button>
  );
}

/** Says nothing while all is well, nor in the first second of trouble. */
function ConnectionBanner() {
  const { state, problem } = useConnection();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (state === "connected") return;
    const timer = setTimeout(() => setLate(true), 1000);
    return () => clearTimeout(timer);
  }, [state]);
  if (problem)
    return (
      <div className="p-3">
        <ProblemNote problem={problem} />
      </div>
    );
  if (!isLate || state === "connected") return null;
  return (
    <p role="status" className="bg-busy-soft px-4 py-1 text-s">
      {state === "connecting" ? "Connecting to the engine…" : "Reconnecting…"}
    </p>
  );
}

/** The tokens know `data-theme` alone: the system's wish is translated, also when it changes. */
function useTheme(): void {
  const theme = useSettings(({ settings }) => settings.appearance.theme);
  useEffect(() => {
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    const apply = () => {
      const isDark = theme === "system" ? system.matches : theme === "dark";
      document.documentElement.dataset.theme = isDark ? "dark" : "light";
    };
    apply();
    system.addEventListener("change", apply);
    return () => system.removeEventListener("change", apply);
  }, [theme]);
}
