/**
 * Deleted instances for as long as their deletion can be undone: whole folders, moved here and back by a rename. Nothing in
 * here runs. What an engine leaves here the next one clears away in time.
 */

import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { makeFolder } from "../lib/private-files.ts";

export class Trash {
  readonly #folder: string;
  readonly #keepMs: number;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(folder: string, keepMs: number) {
    this.#folder = folder;
    this.#keepMs = keepMs;
  }

  /** Takes over what an earlier engine has left. */
  async open(): Promise<void> {
    await makeFolder(this.#folder);
    for (const id of await readdir(this.#folder)) {
      // A rename changes its folder's status: that is when it came here.
      const age = Date.now() - (await stat(this.pathOf(id))).ctimeMs;
      // The clock may have been set since.
      this.#forgetIn(id, Math.min(this.#keepMs, Math.max(0, this.#keepMs - age)));
    }
  }

  /** Where an instance's folder goes; then `keep` or `forget` it. */
  pathOf(id: string): string {
    return join(this.#folder, id);
  }

  keep(id: string): void {
    this.#forgetIn(id, this.#keepMs);
  }

  async forget(id: string): Promise<void> {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    await rm(this.pathOf(id), { recursive: true, force: true });
  }

  /** Moves it back to `folder`; false where it is gone for good. */
  async restore(id: string, folder: string): Promise<boolean> {
    const timer = this.#timers.get(id);
    if (!timer) return false;
    clearTimeout(timer);
    this.#timers.delete(id);
    await rename(this.pathOf(id), folder);
    return true;
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #forgetIn(id: string, ms: number): void {
    // What can't be removed now is tried again by the next engine.
    this.#timers.set(id, setTimeout(() => this.forget(id).catch(() => {}), ms).unref());
  }
}
