/** Things known by a key, in the order of the engine's list: what every slice of the mirror is made of. */

import { create, type StoreApi, type UseBoundStore } from "zustand";
import type { EngineEvent } from "../../shared/contract/events.ts";

export interface Changes<T> {
  upsert: T[];
  remove: string[];
}

export interface Collection<T> {
  /** False until the first snapshot: an empty list is not yet known to be empty. */
  loaded: boolean;
  byKey: Readonly<Record<string, T>>;
  /** Every change of membership or content makes a new array, so a selector may return it. */
  all: readonly T[];
  replace(items: readonly T[]): void;
  apply(changes: Changes<T>): void;
}

/** What takes its part of every event of the engine. */
export type Slice = (event: EngineEvent) => void;

/** The slice of a list: a snapshot replaces it, changes are applied to it. */
export function listSlice<T>(
  store: StoreApi<Collection<T>>,
  pick: (event: EngineEvent) => readonly T[] | Changes<T> | undefined,
): Slice {
  return (event) => {
    const part = pick(event);
    if (part === undefined) return;
    if ("upsert" in part) store.getState().apply(part);
    else store.getState().replace(part);
  };
}

/** The slice of what is always told as a whole. */
export function wholeSlice<T>(pick: (event: EngineEvent) => T | undefined, set: (whole: T) => void): Slice {
  return (event) => {
    const whole = pick(event);
    if (whole !== undefined) set(whole);
  };
}

export function createCollection<T>(
  keyOf: (item: T) => string,
  order: (a: T, b: T) => number,
): UseBoundStore<StoreApi<Collection<T>>> {
  const collect = (byKey: Record<string, T>) => ({ loaded: true, byKey, all: Object.values(byKey).sort(order) });
  return create<Collection<T>>()((set) => ({
    loaded: false,
    byKey: {},
    all: [],
    replace: (items) => set(collect(Object.fromEntries(items.map((item) => [keyOf(item), item])))),
    apply: ({ upsert, remove }) =>
      set((state) => {
        const byKey = { ...state.byKey };
        for (const key of remove) delete byKey[key];
        for (const item of upsert) byKey[keyOf(item)] = item;
        return collect(byKey);
      }),
  }));
}
