/** Spreads what changes in the engine to everyone who listens. */

import type { Changes } from "../../../shared/contract/events.ts";

type Listener = (changes: Changes) => void;

export class EventHub {
  readonly #listeners = new Set<Listener>();

  publish(changes: Omit<Changes, "type">): void {
    for (const listener of [...this.#listeners]) listener({ type: "changes", ...changes });
  }

  /** Calls `listener` for every change until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
