/** The consoles that are open, the most lately used last; the oldest go when there are too many. */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { useSettings } from "../engine.ts";
import { useInstances } from "../instances.ts";
import { type ConsoleSession, createConsoleSession } from "./session.ts";

const MOST = 6;
const open = new Map<string, ConsoleSession>();

/** The console of an instance: the one that is open, or a new one. */
export function consoleOf(client: UnideckClient, instance: Instance): ConsoleSession {
  const known = open.get(instance.id);
  const session = known ?? createConsoleSession(client, instance, useSettings.getState().settings.console);
  open.delete(instance.id);
  open.set(instance.id, session);
  for (const [id, oldest] of open) {
    if (open.size <= MOST) break;
    if (!oldest.terminal.element?.isConnected) close(id);
  }
  return session;
}

/** What takes the keys of the console that is on screen, if one is. */
export function shownConsole(): HTMLElement | undefined {
  return [...open.values()].find(({ terminal }) => terminal.element?.isConnected)?.terminal.textarea;
}

function close(id: string): void {
  open.get(id)?.dispose();
  open.delete(id);
}

/** Consoles of instances that are gone go too, and those that stay hear of their instance's state. */
useInstances.subscribe(({ byKey, loaded }) => {
  if (!loaded) return;
  for (const [id, session] of open) {
    const instance = byKey[id];
    if (instance) session.update(instance);
    else close(id);
  }
});

useSettings.subscribe(({ settings }) => {
  for (const session of open.values()) session.configure(settings.console);
});
