/** A person's terminal: `unideck run` of a program that counts. */

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { type Outcome, outcomeOf, type World } from "../e2e/support/world.ts";

const LIMIT_MS = 30_000;
/** Between two lines of the guest. */
const PAUSE_US = 1000;

export class Terminal {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Outcome>;
  /** How many lines the guest writes. */
  readonly count: number;
  wasKilled = false;
  /** Its machine was killed: what it sees of it is not all. */
  isForgiven = false;

  private constructor(child: ChildProcessWithoutNullStreams, count: number) {
    this.#child = child;
    this.count = count;
    this.ended = outcomeOf(child, LIMIT_MS);
    // Looked at when its time has come.
    this.ended.catch(() => undefined);
  }

  static run(world: World, path: string, count: number): Terminal {
    const args = [
      "run",
      path,
      "--name",
      "counted",
      "--force",
      "--arg",
      `${count}`,
      "--arg",
      `${PAUSE_US}`,
      "--memory",
      "32M",
    ];
    return new Terminal(world.spawn(args), count);
  }

  async kill(): Promise<void> {
    this.wasKilled = true;
    this.#child.kill("SIGKILL");
    await this.ended;
  }

  forgive(): void {
    this.isForgiven = true;
  }
}
