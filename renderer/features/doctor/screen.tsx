/** The doctor: each check with a mark, what was found, and what to do. */

import { RotateCw } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import type { Check, DoctorReport } from "../../../shared/contract/doctor.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { useClient } from "../../app/client.tsx";
import { problemOf } from "../../store/problem-of.ts";
import { Button } from "../../ui/button.tsx";
import { CopyButton, ProblemNote } from "../../ui/note.tsx";
import { PaneHead } from "../../ui/pane.tsx";
import { StateChip, type Tone } from "../../ui/state-mark.tsx";

const marks: Record<Check["state"], { tone: Tone; word: string }> = {
  ok: { tone: "ok", word: "ok" },
  warning: { tone: "busy", word: "warning" },
  failed: { tone: "bad", word: "failed" },
};

export function DoctorScreen() {
  const client = useClient();
  const [report, setReport] = useState<DoctorReport>();
  const [problem, setProblem] = useState<ProblemReport>();
  const [isBusy, setBusy] = useState(false);
  const check = useCallback(
    async (refresh: boolean) => {
      setBusy(true);
      setProblem(undefined);
      await client.doctor.run({ refresh }).then(setReport, (error: unknown) => setProblem(problemOf(error)));
      setBusy(false);
    },
    [client],
  );
  useEffect(() => void check(false), [check]);
  return (
    <section aria-label="Doctor" className="flex min-h-0 flex-1 flex-col">
      <PaneHead>
        <h1>Doctor</h1>
        <Button className="ml-auto" icon={RotateCw} disabled={isBusy} onClick={() => void check(true)}>
          Check again
        </Button>
      </PaneHead>
      <div className="flex flex-col gap-3 overflow-y-auto p-5">
        {problem && <ProblemNote problem={problem} />}
        {!report && isBusy && <p role="status">Checking…</p>}
        <ul aria-label="Checks" className="flex flex-col gap-2">
          {report?.checks.map((one) => (
            <CheckRow key={one.id} check={one} />
          ))}
        </ul>
      </div>
    </section>
  );
}

function CheckRow({ check: { title, state, found, hint, command } }: { check: Check }) {
  const { tone, word } = marks[state];
  return (
    <li className="grid grid-cols-[90px_1fr] items-start gap-x-3 rounded-m border border-line p-3">
      <StateChip tone={tone}>{word}</StateChip>
      <div className="min-w-0 select-text wrap-anywhere">
        <h2 className="font-semibold">{title}</h2>
        <p className="text-fg-2">{found}</p>
        {hint && <p className="mt-1">{hint}</p>}
        {command && (
          <p className="mt-1 flex items-center gap-2">
            <code className="rounded-s bg-sunken px-1.5 py-0.5">{command}</code>
            <CopyButton text={command}>Copy</CopyButton>
          </p>
        )}
      </div>
    </li>
  );
}
