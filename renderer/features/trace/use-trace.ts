/** The system calls of an instance's latest run, as they come. */

import { useEffect, useState } from "react";
import type { Instance } from "../../../shared/contract/instances.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { type Call, parseCall } from "./call.ts";

/** So many calls are kept; of a longer trace the last ones. The command line has all. */
export const MOST_CALLS = 200_000;
/** Calls may come by the thousand: the page is drawn anew this often. */
const DRAW_EVERY_MS = 100;

export interface Trace {
  calls: readonly Call[];
  /** Calls that came before those. */
  dropped: number;
  problem: ProblemReport | undefined;
}

const nothing: Trace = { calls: [], dropped: 0, problem: undefined };

export function useTrace({ id, runs, trace }: Instance): Trace {
  const client = useClient();
  const [shown, setShown] = useState<Trace>(nothing);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another run has another trace
  useEffect(() => {
    setShown(nothing);
    if (!trace) return;
    const gone = new AbortController();
    let calls: Call[] = [];
    let dropped = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      if (calls.length > MOST_CALLS) {
        dropped += calls.length - MOST_CALLS;
        calls = calls.slice(-MOST_CALLS);
      }
      setShown({ calls: [...calls], dropped, problem: undefined });
    };
    const read = async () => {
      for await (const { text } of await client.instances.trace({ id }, { signal: gone.signal })) {
        for (const line of text.split("\n")) if (line) calls.push(parseCall(line));
        timer ??= setTimeout(draw, DRAW_EVERY_MS);
      }
    };
    read().catch((error: unknown) => {
      if (!gone.signal.aborted) setShown((now) => ({ ...now, problem: problemOf(error) }));
    });
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [client, id, runs, trace]);
  return shown;
}
