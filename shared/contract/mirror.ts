/**
 * What a client keeps of a domain, in step with the engine: a list whose things are known by a key and change one by one, or
 * something that is told anew as a whole. Here stands how that looks in a snapshot and among changes, and what becomes of
 * changes that wait for a slow reader.
 */

import { z } from "zod";

/** Changes that nobody has read yet, in their latest form only: what waits is never more than there are things. */
export interface Waiting<C> {
  push(changes: C): void;
  /** All that waits, which then waits no longer. */
  take(): C;
}

export interface ListChanges<T> {
  upsert: T[];
  remove: string[];
}

export function mirrorList<T extends z.ZodType>(item: T, keyOf: (item: z.infer<T>) => string) {
  return {
    snapshot: z.array(item),
    changes: z.object({ upsert: z.array(item).default([]), remove: z.array(z.string()).default([]) }).optional(),
    waiting: () => waitingList(keyOf),
  };
}

export function mirrorWhole<T extends z.ZodType>(whole: T) {
  return { snapshot: whole, changes: whole.optional(), waiting: () => waitingWhole<z.infer<T>>() };
}

function waitingList<T>(keyOf: (item: T) => string): Waiting<ListChanges<T> | undefined> {
  /** What each thing is now, or that it is gone. */
  const latest = new Map<string, T | undefined>();
  return {
    push: (changes) => {
      for (const key of changes?.remove ?? []) latest.set(key, undefined);
      for (const item of changes?.upsert ?? []) latest.set(keyOf(item), item);
    },
    take: () => {
      if (latest.size === 0) return undefined;
      const all = {
        upsert: [...latest.values()].filter((item) => item !== undefined),
        remove: [...latest].flatMap(([key, item]) => (item === undefined ? [key] : [])),
      };
      latest.clear();
      return all;
    },
  };
}

function waitingWhole<T>(): Waiting<T | undefined> {
  let latest: T | undefined;
  return {
    push: (whole) => {
      latest = whole ?? latest;
    },
    take: () => {
      const whole = latest;
      latest = undefined;
      return whole;
    },
  };
}
