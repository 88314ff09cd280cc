/**
 * Changes that wait for a slow reader. What changes twice before it is read is kept once, in its latest form, so the
 * queue is never longer than there are things.
 */

import { type Changes, mirrors } from "../../shared/contract/events.ts";
import type { Waiting } from "../../shared/contract/mirror.ts";

type Mirrored = keyof typeof mirrors;

/** How changes of each domain wait. */
const waits: { [Domain in Mirrored]: { waiting(): Waiting<Changes[Domain]> } } = mirrors;

const isMirrored = (name: string): name is Mirrored => name in mirrors;

/** The changes of one domain among those of all. */
function waitFor<Domain extends Mirrored>(domain: Domain) {
  const waiting = waits[domain].waiting();
  return {
    push: (changes: Changes) => waiting.push(changes[domain]),
    addTo: (changes: Changes) => {
      changes[domain] = waiting.take();
    },
  };
}

export class ChangeQueue {
  readonly #parts = Object.keys(mirrors)
    .filter(isMirrored)
    .map((domain) => waitFor(domain));
  #arrived = Promise.withResolvers<void>();

  push(changes: Changes): void {
    for (const part of this.#parts) part.push(changes);
    this.#arrived.resolve();
  }

  /** All that waits, once something does; undefined when `signal` aborts first. */
  async take(signal?: AbortSignal): Promise<Changes | undefined> {
    const wake = () => this.#arrived.resolve();
    signal?.addEventListener("abort", wake, { once: true });
    if (!signal?.aborted) await this.#arrived.promise;
    signal?.removeEventListener("abort", wake);
    if (signal?.aborted) return undefined;

    this.#arrived = Promise.withResolvers();
    const changes: Changes = { type: "changes" };
    for (const part of this.#parts) part.addTo(changes);
    return changes;
  }
}
