/** The card above the console of a program that crashed: what happened, where, what to try; the rest folded. */

import type { Instance } from "../../../shared/contract/instances.ts";
import { Fold } from "../../ui/fold.tsx";
import { CopyButton, Note } from "../../ui/note.tsx";
import { type CrashReport, crashFact, crashWords } from "./crash.ts";

/** Said in the sentence, so not again in the list. */
const told = new Set(["signal", "address", "fault address", "thread", "function", "rip"]);

export function CrashCard({ instance, report }: { instance: Instance; report: CrashReport | undefined }) {
  const exit = instance.exit ?? { reason: "" };
  const { title, advice } = crashWords(exit, report);
  const place = crashFact(report, "rip", "function") ?? report?.frames[0];
  const thread = crashFact(report, "thread");
  const more = report?.facts.filter(({ key }) => !told.has(key.toLowerCase())) ?? [];
  const text = [`${instance.name}: ${title}`, advice, `exit code ${exit.code ?? "unknown"}`, report?.text].join("\n");
  return (
    <div className="border-line border-b px-4 py-3.5">
      <Note tone="bad" title={title} urgent>
        <p className="mt-0.5 text-fg-2 wrap-anywhere">
          {place && (
            <>
              In <code>{place}</code>
              {thread && `, thread ${thread}`} —{" "}
            </>
          )}
          {advice}
        </p>
        {report && report.frames.length > 0 && (
          <ol aria-label="Backtrace" className="mt-2 flex flex-wrap gap-x-5 font-mono text-s leading-[1.7]">
            {report.frames.slice(0, 4).map((frame, depth) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a frame is known by its depth
              <li key={depth}>{`#${depth} ${frame}`}</li>
            ))}
          </ol>
        )}
        {report && more.length + report.rest.length > 0 && (
          <Fold label="Registers and details">
            <pre className="max-h-52 overflow-auto whitespace-pre-wrap font-mono text-xs">{report.text}</pre>
          </Fold>
        )}
        <div className="mt-1.5">
          <CopyButton text={text}>Copy report</CopyButton>
        </div>
      </Note>
    </div>
  );
}
