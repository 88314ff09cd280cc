/** What is said about the connection: nothing while it is well, nor in the first second of trouble. */

import { useEffect, useState } from "react";
import { useConnection } from "../model/connection.ts";
import { ProblemNote } from "../ui/note.tsx";

const PATIENCE_MS = 1000;

export function ConnectionBanner() {
  const state = useConnection((slice) => slice.state);
  const problem = useConnection((slice) => slice.problem);
  const [lateIn, setLateIn] = useState<typeof state>();
  useEffect(() => {
    if (state === "connected") return;
    const timer = setTimeout(() => setLateIn(state), PATIENCE_MS);
    return () => {
      clearTimeout(timer);
      setLateIn(undefined);
    };
  }, [state]);
  if (problem) {
    return (
      <div className="border-line border-b p-3">
        <ProblemNote problem={problem} />
      </div>
    );
  }
  if (state === "connected" || lateIn !== state) return null;
  return (
    <p role="status" aria-label="Connection" className="shrink-0 bg-busy-soft px-4 py-1 text-busy text-s">
      {state === "connecting" ? "Connecting to the engine…" : "Reconnecting…"}
    </p>
  );
}
