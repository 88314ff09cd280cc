/** The card above the console of a program that crashed: what happened, where, what to try; the rest on request. */

import { useId, useState } from "react";
import type { Instance } from "../../../shared/contract/instances.ts";
import { type CrashReport, crashFact, crashWords } from "../../model/console/crash.ts";
import { instanceActions } from "../../model/use-actions.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { CopyButton, Note } from "../../ui/note.tsx";

const FRAMES_SHOWN = 4;

export function CrashCard({ instance, report }: { instance: Instance; report: CrashReport | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  const client = useClient();
  const trace = instanceActions(client, instance).find((action) => action.id === "trace");
  const exit = instance.exit ?? { reason: "" };
  const { title, advice } = crashWords(exit, report);
  const place = crashFact(report, "rip", "function") ?? report?.frames[0];
  const thread = crashFact(report, "thread");
  const text = [`${instance.name}: ${title}`, advice, `exit code ${exit.code ?? "unknown"}`, report?.text].join("\n");
  return (
    <div className="max-h-[60%] shrink-0 overflow-y-auto border-line border-b px-4 py-3.5">
      <Note tone="bad" title={title} urgent>
        <p className="mt-0.5 text-fg-2 wrap-anywhere">
          {place && (
            <>
              In <code>{place}</code>
              {thread && `, thread ${thread}`}.{" "}
            </>
          )}
          {advice}
        </p>
        {report && report.frames.length > 0 && (
          <ol aria-label="Backtrace" className="mt-2 flex flex-wrap gap-x-5 font-mono text-s leading-[1.7]">
            {report.frames.slice(0, FRAMES_SHOWN).map((frame, depth) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a frame is known by its depth
              <li key={depth}>{`#${depth} ${frame}`}</li>
            ))}
          </ol>
        )}
        <div className="mt-2 flex flex-wrap items-center gap-2">
          {report && (
            <Button aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
              Registers
            </Button>
          )}
          {trace && <Button onClick={trace.run}>Run with trace</Button>}
          <CopyButton text={text}>Copy report</CopyButton>
        </div>
        {report && isOpen && (
          <dl id={id} className="mt-2.5 grid grid-cols-[repeat(auto-fill,minmax(240px,1fr))] gap-x-6 font-mono text-xs">
            {report.facts.map(({ key, value }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a key may come twice, and the order is the report's
              <div key={at} className="flex gap-2">
                <dt className="min-w-14 text-fg-2">{key}</dt>
                <dd className="min-w-0 wrap-anywhere">{value}</dd>
              </div>
            ))}
            {[...report.frames.slice(FRAMES_SHOWN), ...report.rest].map((line, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
              <div key={`line${at}`}>{line}</div>
            ))}
          </dl>
        )}
      </Note>
    </div>
  );
}
