/** What the desktop needs to know of the engine at all times: which instances run, which tasks ended, which theme is set. */

import { setTimeout as sleep } from "node:timers/promises";
import type { EngineEvent } from "../../../shared/contract/events.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import type { Settings } from "../../../shared/contract/settings.ts";
import type { Task } from "../../../shared/contract/tasks.ts";

export interface EngineState {
  instances: ReadonlyMap<string, Instance>;
  tasks: ReadonlyMap<string, Task>;
  settings: Settings | undefined;
}

export const nothingKnown: EngineState = { instances: new Map(), tasks: new Map(), settings: undefined };

/** The state after an event. Pure. */
export function after(state: EngineState, event: EngineEvent): EngineState {
  if (event.type === "snapshot")
    return {
      instances: new Map(event.instances.map((one) => [one.id, one])),
      tasks: new Map(event.tasks.map((one) => [one.id, one])),
      settings: event.settings,
    };
  return {
    instances: changed(state.instances, event.instances),
    tasks: changed(state.tasks, event.tasks),
    settings: event.settings ?? state.settings,
  };
}

function changed<T extends { id: string }>(
  all: ReadonlyMap<string, T>,
  changes: { upsert: T[]; remove: string[] } | undefined,
): ReadonlyMap<string, T> {
  if (!changes) return all;
  const next = new Map(all);
  for (const id of changes.remove) next.delete(id);
  for (const one of changes.upsert) next.set(one.id, one);
  return next;
}

const RETRY_AFTER_MS = 500;

/** Calls `onChange` with each state and the one before, through the engine's restarts, until the signal. */
export async function watchEngine(
  client: UnideckClient,
  onChange: (now: EngineState, before: EngineState) => void,
  signal: AbortSignal,
): Promise<void> {
  let state = nothingKnown;
  while (!signal.aborted) {
    try {
      for await (const event of await client.events.subscribe(undefined, { signal })) {
        const before = state;
        state = after(state, event);
        onChange(state, before);
      }
    } catch {
      // The engine went; the connection finds the next one.
    }
    if (!signal.aborted) await sleep(RETRY_AFTER_MS, undefined, { signal }).catch(() => undefined);
  }
}
