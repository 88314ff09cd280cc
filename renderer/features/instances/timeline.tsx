/** The start as a bar: where the time to the first output went. */

import type { Instance } from "../../../shared/contract/instances.ts";
import { formatSpan } from "../../ui/format.ts";
import { startPhases } from "./start-phases.ts";

const colours: Readonly<Record<string, string>> = {
  QEMU: "bg-line-strong",
  kernel: "bg-console-blue",
  disk: "bg-console-yellow",
  network: "bg-console-green",
  loading: "bg-off",
  program: "bg-accent",
  "kernel and program": "bg-accent",
};

export function Timeline({ instance }: { instance: Instance }) {
  const start = startPhases(instance);
  if (!start) {
    const hasEnded = instance.times.ended !== undefined;
    return (
      <p className="text-fg-3 text-s">
        {hasEnded ? "It exited without output." : "Start-up times appear here after the first output."}
      </p>
    );
  }
  return (
    <section aria-label="Start">
      <h2 className="mb-2 font-semibold text-fg-2 text-s">
        From start to first output: <span className="tabular-nums">{formatSpan(start.totalMs)}</span>
        {instance.firstOutputSource === "console" && <span className="font-normal"> (first byte on the console)</span>}
      </h2>
      <div aria-hidden className="flex h-[22px] gap-0.5 overflow-hidden rounded-[6px]">
        {start.phases.map(({ name, ms }) => (
          <div key={name} className={colours[name] ?? "bg-off"} style={{ flex: `${ms} 0 2px` }} />
        ))}
      </div>
      <ol className="mt-2 flex flex-wrap gap-x-[18px] gap-y-1 text-s">
        {start.phases.map(({ name, ms }) => (
          <li key={name} className="inline-flex items-center gap-1.5">
            <i aria-hidden className={`size-[9px] rounded-[2px] ${colours[name] ?? "bg-off"}`} />
            {name} <span className="text-fg-3 tabular-nums">{formatSpan(ms)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
