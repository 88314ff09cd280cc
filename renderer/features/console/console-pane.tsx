/** The Console tab: the terminal, the crash card above it, the bar below it. The terminal alone, for a grid. */

import "@xterm/xterm/css/xterm.css";
import { ArrowUp } from "lucide-react";
import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { Instance } from "../../../shared/contract/instances.ts";
import { PortOffers } from "../../frame/port-offers.tsx";
import type { ConsoleSession } from "../../model/console/session.ts";
import { consoleOf } from "../../model/console/sessions.ts";
import { hasCrashed } from "../../model/state-words.ts";
import { useClient } from "../../platform/client.tsx";
import { formatBytes } from "../../ui/format.ts";
import { ProblemNote } from "../../ui/note.tsx";
import { ConsoleBar } from "./console-bar.tsx";
import { CrashCard } from "./crash-card.tsx";
import { RefusalNote } from "./refusal-note.tsx";

export function ConsolePane({ instance }: { instance: Instance }) {
  const client = useClient();
  const [session] = useState(() => consoleOf(client, instance));
  const crash = useStore(session.status, (status) => status.crash);
  const refusal = useStore(session.status, (status) => status.refusal);
  useEffect(() => {
    if (document.activeElement === document.body) session.terminal.focus();
  }, [session]);
  return (
    <>
      {hasCrashed(instance) && <CrashCard instance={instance} report={crash} />}
      {refusal !== undefined && <RefusalNote instance={instance} by={refusal} />}
      <PortOffers instance={instance} />
      <ConsoleView instance={instance} session={session} />
      <ConsoleBar instance={instance} session={session} />
    </>
  );
}

/** The terminal alone. */
export function ConsoleView({ instance, session }: { instance: Instance; session: ConsoleSession }) {
  const pane = useRef<HTMLDivElement>(null);
  const { problem, drawnTo, earlierBytes } = useStore(session.status);
  useLayoutEffect(() => (pane.current ? session.attach(pane.current) : undefined), [session]);
  return (
    <>
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
        <div
          ref={pane}
          className="absolute inset-0"
          onWheel={({ deltaY }) => deltaY < 0 && earlierBytes > 0 && session.showEarlier()}
        />
        {earlierBytes > 0 && (
          <button
            type="button"
            onClick={session.showEarlier}
            className="-translate-x-1/2 absolute top-1.5 left-1/2 z-10 flex h-6 items-center gap-1.5 rounded-full bg-accent px-3 font-semibold text-accent-fg text-xs tabular-nums"
          >
            <ArrowUp aria-hidden className="size-3" strokeWidth={2} />
            {formatBytes(earlierBytes)} earlier
          </button>
        )}
      </section>
    </>
  );
}
