/** An answer of the engine that belongs to what is on screen, asked for when that appears and anew when it changes. */

import { useEffect, useRef, useState } from "react";
import type { ProblemReport } from "../../shared/problem.ts";
import { problemOf } from "./problem-of.ts";

export interface Answer<T> {
  value?: T;
  problem?: ProblemReport;
}

/** Empty until the engine has answered. `about` is what is asked about: another text asks anew; undefined asks nothing. */
export function useAnswer<T>(about: string | undefined, ask: (signal: AbortSignal) => Promise<T>): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T> & { about?: string | undefined }>({});
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    if (about === undefined) return;
    const gone = new AbortController();
    latest.current(gone.signal).then(
      (value) => !gone.signal.aborted && setAnswer({ about, value }),
      (error: unknown) => !gone.signal.aborted && setAnswer({ about, problem: problemOf(error) }),
    );
    return () => gone.abort();
  }, [about]);
  return answer.about === about ? answer : {};
}
