/** The whole window takes drops; while something is held over it, it says so. */

import { useEffect, useState } from "react";
import { ImportDialog } from "../features/settings/import-dialog.tsx";
import { isArchive, useKernelImport } from "../features/settings/kernel-import.ts";
import { readDrop } from "../model/draft/dropped.ts";
import { useBuild } from "../model/draft/session.ts";
import { useClient } from "../platform/client.tsx";

/** Whether files that are dropped go to a program that is on the sheet. */
const isReady = ({ open, stage }: ReturnType<typeof useBuild.getState>) => open && stage === "ready";

export function DropTarget() {
  const client = useClient();
  const adding = useBuild(isReady);
  const [isOver, setOver] = useState(false);

  useEffect(() => {
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    // Leaving one element for another is not leaving the window: then there is no element that is entered.
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      if (!event.dataTransfer || !carriesFiles(event)) return;
      event.preventDefault();
      const [file, another] = event.dataTransfer.files;
      const isAlone = file !== undefined && another === undefined && !isReady(useBuild.getState());
      if (isAlone && isArchive(file.name)) return useKernelImport.getState().offer(file);
      void useBuild.getState().takeDrop(client, readDrop(event.dataTransfer));
    };
    window.addEventListener("dragover", over);
    window.addEventListener("dragleave", leave);
    window.addEventListener("drop", drop);
    return () => {
      window.removeEventListener("dragover", over);
      window.removeEventListener("dragleave", leave);
      window.removeEventListener("drop", drop);
    };
  }, [client]);

  if (!isOver) return <ImportDialog />;
  return (
    <div className="pointer-events-none fixed inset-2 z-50 grid place-items-center rounded-l border-2 border-accent border-dashed bg-accent-soft/85">
      <p className="rounded-l bg-raised px-6 py-4 font-semibold text-accent text-xl shadow-sheet">
        {adding ? "Drop files, folders or libraries to add them" : "Drop a Linux program to build it"}
      </p>
    </div>
  );
}
