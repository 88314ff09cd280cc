/** The whole window takes drops; while something is held over it, it says so. */

import { useEffect, useState } from "react";
import { readDrop } from "../features/build/dropped.ts";
import { useBuild } from "../features/build/session.ts";
import { useClient } from "./client.tsx";

export function DropTarget() {
  const client = useClient();
  const adding = useBuild(({ open, stage }) => open && stage === "ready");
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

  if (!isOver) return null;
  return (
    <div className="pointer-events-none fixed inset-2 z-50 grid place-items-center rounded-l border-2 border-accent border-dashed bg-accent-soft/85 font-semibold text-accent text-xl">
      {adding ? "Drop files to add them, or another program" : "Drop a Linux program to build it"}
    </div>
  );
}
