/** What follows when a window's page has crashed. Pure but for what it counts. */

/** A page that crashes more often than this is not loaded again. */
const MOST_CRASHES = 3;
/** One that has lived for this long begins at none. */
const FORGET_AFTER_MS = 5 * 60_000;

export class CrashLimit {
  #crashes: number[] = [];

  /** Notes a crash at that moment. */
  note(nowMs: number): "reload" | "give-up" {
    this.#crashes = [...this.#crashes.filter((at) => nowMs - at < FORGET_AFTER_MS), nowMs];
    return this.#crashes.length > MOST_CRASHES ? "give-up" : "reload";
  }

  forget(): void {
    this.#crashes = [];
  }
}

/** Whether the end of a page's process is a crash; `reason` as Electron has it. */
export const isCrash = (reason: string) => reason !== "clean-exit" && reason !== "killed";
