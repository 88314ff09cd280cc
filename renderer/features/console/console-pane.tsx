/** The Console tab: the terminal, the crash card above it, the bar below it. */

import "@xterm/xterm/css/xterm.css";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Instance } from "../../../shared/contract/instances.ts";
import { useClient } from "../../app/client.tsx";
import { ProblemNote } from "../../ui/note.tsx";
import { hasCrashed } from "../instances/state-words.ts";
import { ConsoleBar } from "./console-bar.tsx";
import { CrashCard } from "./crash-card.tsx";
import { consoleOf } from "./sessions.ts";

export function ConsolePane({ instance }: { instance: Instance }) {
  const client = useClient();
  const pane = useRef<HTMLDivElement>(null);
  const [session] = useState(() => consoleOf(client, instance));
  const { crash, problem, drawnTo } = useStore(session.status);

  useLayoutEffect(() => (pane.current ? session.attach(pane.current) : undefined), [session]);
  useEffect(() => {
    if (document.activeElement === document.body) session.terminal.focus();
  }, [session]);

  return (
    <>
      {hasCrashed(instance) && <CrashCard instance={instance} report={crash} />}
      {problem && (
        <div className="p-3">
          <ProblemNote problem={problem} />
        </div>
      )}
      <section
        aria-label={`Console of ${instance.name}`}
        data-drawn-to={drawnTo}
        className="console relative min-h-0 flex-1 overflow-hidden bg-console-bg"
      >
        <div ref={pane} className="absolute inset-0" />
      </section>
      <ConsoleBar instance={instance} session={session} />
    </>
  );
}
