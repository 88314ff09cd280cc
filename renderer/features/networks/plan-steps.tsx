/** A plan, command by command: what each changes, and what undoes it. */

import type { BridgePlan } from "../../../shared/contract/bridges.ts";
import { count } from "../../ui/format.ts";
import { Note } from "../../ui/note.tsx";

export function PlanSteps({ plan: { steps, warnings } }: { plan: BridgePlan }) {
  return (
    <section aria-label="Plan" className="flex flex-col gap-2.5">
      <h2 className="font-semibold text-fg-2 text-s">
        The plan: {count(steps.length, "command")}, undone in the opposite order
      </h2>
      <ol aria-label="Commands" className="divide-y divide-line overflow-hidden rounded-m border border-line bg-sunken">
        {steps.map(({ command, undo, changes }) => (
          <li key={command.join(" ")} className="select-text px-3 py-2">
            <code className="block font-mono text-s wrap-anywhere">{command.join(" ")}</code>
            <p className="mt-0.5 text-s">{changes}</p>
            <p className="text-fg-3 text-xs wrap-anywhere">
              Undone by <code className="font-mono">{undo.join(" ")}</code>
            </p>
          </li>
        ))}
      </ol>
      {warnings.map((warning) => (
        <Note key={warning} tone="busy" title={warning} />
      ))}
    </section>
  );
}
