/**
 * Changes that wait for a slow reader. What changes twice before it is read is kept once, in its latest form, so the
 * queue is never longer than there are things.
 */

import type { Changes } from "../../shared/contract/events.ts";

/** The latest about each thing by its id: what it is now, or that it is gone. */
type Latest<T> = Map<string, T | undefined>;

type ItemOf<K extends "images" | "instances" | "tasks" | "networks" | "bridges"> = NonNullable<
  Changes[K]
>["upsert"][number];

export class ChangeQueue {
  readonly #images: Latest<ItemOf<"images">> = new Map();
  readonly #instances: Latest<ItemOf<"instances">> = new Map();
  readonly #tasks: Latest<ItemOf<"tasks">> = new Map();
  readonly #networks: Latest<ItemOf<"networks">> = new Map();
  readonly #bridges: Latest<ItemOf<"bridges">> = new Map();
  #kernels: Changes["kernels"];
  #settings: Changes["settings"];
  #arrived = Promise.withResolvers<void>();

  push(changes: Changes): void {
    keepLatest(this.#images, changes.images, ({ name }) => name);
    keepLatest(this.#instances, changes.instances, ({ id }) => id);
    keepLatest(this.#tasks, changes.tasks, ({ id }) => id);
    keepLatest(this.#networks, changes.networks, ({ name }) => name);
    keepLatest(this.#bridges, changes.bridges, ({ name }) => name);
    this.#kernels = changes.kernels ?? this.#kernels;
    this.#settings = changes.settings ?? this.#settings;
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
    const changes: Changes = {
      type: "changes",
      images: takeAll(this.#images),
      instances: takeAll(this.#instances),
      tasks: takeAll(this.#tasks),
      networks: takeAll(this.#networks),
      bridges: takeAll(this.#bridges),
      kernels: this.#kernels,
      settings: this.#settings,
    };
    this.#kernels = undefined;
    this.#settings = undefined;
    return changes;
  }
}

function keepLatest<T>(
  latest: Latest<T>,
  changes: { upsert: T[]; remove: string[] } | undefined,
  idOf: (item: T) => string,
) {
  for (const id of changes?.remove ?? []) latest.set(id, undefined);
  for (const item of changes?.upsert ?? []) latest.set(idOf(item), item);
}

function takeAll<T>(latest: Latest<T>): { upsert: T[]; remove: string[] } | undefined {
  if (latest.size === 0) return undefined;
  const all = {
    upsert: [...latest.values()].filter((item) => item !== undefined),
    remove: [...latest].flatMap(([id, item]) => (item === undefined ? [id] : [])),
  };
  latest.clear();
  return all;
}
