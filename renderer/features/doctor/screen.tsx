/** The doctor: each check with a mark and a word, what was found, and what to do. */

import { RotateCcw } from "lucide-react";
import { useEffect } from "react";
import type { Check, DoctorReport } from "../../../shared/contract/doctor.ts";
import { checkMachine, useDoctor } from "../../model/check-machine.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { useNow } from "../../ui/clock.ts";
import { Fold } from "../../ui/fold.tsx";
import { formatAgo } from "../../ui/format.ts";
import { CopyButton, ProblemNote } from "../../ui/note.tsx";
import { Nothing, PaneHead } from "../../ui/pane.tsx";
import { StateDot, type Tone } from "../../ui/state-mark.tsx";

const marks: Record<Check["state"], { tone: Tone; word: string }> = {
  ok: { tone: "ok", word: "ok" },
  warning: { tone: "busy", word: "warning" },
  failed: { tone: "bad", word: "failed" },
};

export function DoctorScreen() {
  const client = useClient();
  const now = useNow();
  const { report, problem, isChecking } = useDoctor();
  useEffect(() => {
    if (!useDoctor.getState().report) void checkMachine(client, false);
  }, [client]);
  return (
    <section aria-label="Doctor" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <PaneHead>
        <h1>Doctor</h1>
        <span role="status" className="min-w-0 truncate text-fg-3 text-s">
          {isChecking ? "checking…" : report && `checked ${formatAgo(Date.parse(report.checkedAt), now)}`}
        </span>
        <div className="ml-auto flex items-center gap-2">
          <Button icon={RotateCcw} disabled={isChecking} onClick={() => void checkMachine(client, true)}>
            Check again
          </Button>
          {report && (
            <CopyButton look="plain" text={reportText(report)}>
              Copy report
            </CopyButton>
          )}
        </div>
      </PaneHead>
      <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-6 py-[18px]">
        {problem && <ProblemNote problem={problem} />}
        {!report && !problem && <Nothing>Checking this computer…</Nothing>}
        {report?.checks.length === 0 && <Nothing>Nothing to check</Nothing>}
        {report && report.checks.length > 0 && (
          <ul aria-label="Checks" className="max-w-[772px]">
            {report.checks.map((check) => (
              <CheckRow key={check.id} check={check} />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

function CheckRow({ check: { title, state, found, hint, command, details } }: { check: Check }) {
  const { tone, word } = marks[state];
  return (
    <li className="grid min-h-[46px] grid-cols-[10px_154px_minmax(0,1fr)_auto] items-center gap-x-6 border-line border-b py-2 max-[760px]:grid-cols-[10px_minmax(0,1fr)]">
      <StateDot tone={tone} />
      <h2 className="text-m">
        {title}
        <span
          className={
            state === "ok" ? "sr-only" : `block font-normal text-s ${tone === "bad" ? "text-bad" : "text-busy"}`
          }
        >
          {" "}
          {word}
        </span>
      </h2>
      <div className="min-w-0 text-fg-2 select-text wrap-anywhere max-[760px]:col-start-2">
        <p>{found}</p>
        {hint && <p className="mt-0.5 text-fg">{hint}</p>}
        {command && (
          <p className="mt-1.5 flex flex-wrap items-center gap-2">
            <code className="rounded-s bg-sunken px-1.5 py-0.5 text-fg text-s">{command}</code>
          </p>
        )}
        {details && (
          <Fold label="Details">
            <pre className="max-h-60 overflow-auto whitespace-pre-wrap text-xs">{details}</pre>
          </Fold>
        )}
      </div>
      {command && (
        <span className="max-[760px]:col-start-2">
          <CopyButton look="plain" text={command}>
            Copy command
          </CopyButton>
        </span>
      )}
    </li>
  );
}

function reportText({ checkedAt, checks }: DoctorReport): string {
  const lines = checks.map(({ title, state, found, hint, details }) =>
    [`${state.padEnd(7)} ${title}: ${found}`, hint, details].filter(Boolean).join("\n        "),
  );
  return [`Unideck doctor, ${checkedAt}`, ...lines].join("\n");
}
