/** Work whose result serves everybody who asked before it began. */
export class SharedWork<T> {
  readonly #work: () => Promise<T>;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  run(): Promise<T> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined;
      const now = this.#work();
      this.#running = now.catch(() => undefined);
      return now;
    });
    return this.#next;
  }
}
