/** What the engine, QEMU and the guest's kernel said about an instance. */

import { useEffect, useState } from "react";
import type { Instance, LogLine } from "../../../shared/contract/instances.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { formatClock } from "../../ui/format.ts";
import { CopyButton, ProblemNote } from "../../ui/note.tsx";
import { Nothing } from "../../ui/pane.tsx";

/** The log is not part of the event stream: it is read anew whenever the instance's state changes. */
function useLog({ id, state, runs }: Instance) {
  const client = useClient();
  const [log, setLog] = useState<{ lines?: LogLine[]; problem?: ProblemReport }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: state and runs are what makes the log grow
  useEffect(() => {
    const gone = new AbortController();
    client.instances.log({ id }, { signal: gone.signal }).then(
      (lines) => setLog({ lines }),
      (error: unknown) => !gone.signal.aborted && setLog({ problem: problemOf(error) }),
    );
    return () => gone.abort();
  }, [client, id, state, runs]);
  return log;
}

export function LogPane({ instance }: { instance: Instance }) {
  const { lines, problem } = useLog(instance);
  if (problem) {
    return (
      <div className="p-4">
        <ProblemNote problem={problem} />
      </div>
    );
  }
  if (!lines) return <Nothing>Reading the log…</Nothing>;
  if (lines.length === 0) return <Nothing>No log messages yet.</Nothing>;
  const text = lines.map(({ at, source, text }) => `${formatClock(at)} ${source} ${text}`).join("\n");
  return (
    <>
      <div className="min-h-0 flex-1 overflow-auto px-4 py-3">
        <ol aria-label="Log" className="font-mono text-s leading-[1.6] select-text">
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines are only ever added at the end
            <li key={index} className="flex gap-3">
              <time className="shrink-0 text-fg-3 tabular-nums">{formatClock(line.at)}</time>
              <span className="w-12 shrink-0 text-fg-3">{line.source}</span>
              <span className="min-w-0 whitespace-pre-wrap wrap-anywhere">{line.text}</span>
            </li>
          ))}
        </ol>
      </div>
      <footer className="flex h-9 shrink-0 items-center justify-end border-line border-t px-4">
        <CopyButton text={text}>Copy log</CopyButton>
      </footer>
    </>
  );
}
