/** The Trace tab: every system call of a traced run, by name and by outcome. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Instance } from "../../../shared/contract/instances.ts";
import { instanceActions } from "../../model/use-actions.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { cx } from "../../ui/class-names.ts";
import { TextInput } from "../../ui/field.tsx";
import { count } from "../../ui/format.ts";
import { ProblemNote } from "../../ui/note.tsx";
import { Nothing } from "../../ui/pane.tsx";
import { Tick } from "../../ui/tick.tsx";
import { type Call, matches } from "./call.ts";
import { useTrace } from "./use-trace.ts";

const ROW_PX = 20;

export function TracePane({ instance }: { instance: Instance }) {
  const { calls, dropped, problem } = useTrace(instance);
  const [wanted, setWanted] = useState("");
  const [errorsOnly, setErrorsOnly] = useState(false);
  const shown = useMemo(() => calls.filter((call) => matches(call, wanted, errorsOnly)), [calls, wanted, errorsOnly]);
  if (!instance.trace) return <NotTraced instance={instance} />;
  return (
    <>
      <div className="flex h-10 shrink-0 items-center gap-3 border-line border-b px-4">
        <TextInput
          aria-label="Names of calls"
          placeholder="openat read …"
          className="min-w-24 max-w-56 flex-1"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <Tick isOn={errorsOnly} onChange={setErrorsOnly} className="shrink-0 text-s">
          Errors only
        </Tick>
        <span role="status" className="ml-auto min-w-0 truncate text-fg-3 text-s tabular-nums">
          {shown.length === calls.length
            ? count(calls.length, "call")
            : `${shown.length} of ${count(calls.length, "call")}`}
          {dropped > 0 && `, ${dropped} earlier calls omitted`}
        </span>
      </div>
      {problem && (
        <div className="p-4">
          <ProblemNote problem={problem} />
        </div>
      )}
      {shown.length > 0 && <Calls calls={shown} />}
      {shown.length === 0 && !problem && <Nothing>{calls.length === 0 ? "No system calls yet" : "No matches"}</Nothing>}
    </>
  );
}

/** Only the rows that can be seen are in the page; the end is followed until somebody scrolls up. */
function Calls({ calls }: { calls: readonly Call[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const virtual = useVirtualizer({
    count: calls.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
  });
  useEffect(() => {
    if (follows.current) virtual.scrollToIndex(calls.length - 1);
  }, [calls.length, virtual]);
  return (
    <div
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      role="log"
      aria-label="System calls"
      aria-live="off"
      className="min-h-0 flex-1 overflow-auto font-mono text-s select-text"
      onScroll={({ currentTarget: at }) => {
        follows.current = at.scrollTop + at.clientHeight >= at.scrollHeight - ROW_PX;
      }}
    >
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const call = calls[index];
          return call && <Row key={key} call={call} top={start} />;
        })}
      </div>
    </div>
  );
}

function Row({ call, top }: { call: Call; top: number }) {
  return (
    <div
      className="absolute left-0 flex min-w-full gap-3 whitespace-pre px-4 leading-[20px]"
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className="w-20 shrink-0 text-right text-fg-3 tabular-nums">{call.seconds}</span>
      <span className="w-6 shrink-0 text-right text-fg-3 tabular-nums">{call.thread}</span>
      <span>
        <span className="font-medium text-accent">{call.name}</span>
        {call.name ? `(${call.arguments})` : call.arguments}
        {call.result && <span className={cx(call.isError ? "text-bad" : "text-fg-2")}>{` = ${call.result}`}</span>}
      </span>
    </div>
  );
}

function NotTraced({ instance }: { instance: Instance }) {
  const client = useClient();
  if (instance.kernel.kind !== "pith") return <Nothing>System calls can be traced only on Pith.</Nothing>;
  const trace = instanceActions(client, instance).find(({ id }) => id === "trace");
  return (
    <Nothing>
      <p>The last run was not traced. Tracing records every system call and slows down programs that make many.</p>
      {trace && (
        <Button className="mt-3" onClick={trace.run}>
          {trace.label}
        </Button>
      )}
    </Nothing>
  );
}
