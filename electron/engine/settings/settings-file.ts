/** The settings: `settings.json` in Unideck's home, held in memory, changed in parts. */

import { rename } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { defaultSettings, Settings, type SettingsChange } from "../../../shared/contract/settings.ts";
import { Problem } from "../../../shared/problem.ts";
import { systemErrorCode, writeFileAtomically } from "../lib/atomic-file.ts";
import type { EventHub } from "../lib/event-hub.ts";
import { readRegular } from "../lib/open-regular.ts";

/** A settings file is some hundred bytes; anything near this was not written by us. */
const MAX_FILE_BYTES = 1 << 20;

interface Context {
  /** Folder of `settings.json`. */
  home: string;
  events: EventHub;
  /** Told, in one sentence, when a file had to be set aside. */
  warn: (sentence: string) => void;
}

export class SettingsFile {
  readonly #path: string;
  readonly #events: EventHub;
  #settings: Settings;
  /** Changes are written one after the other, so that the file ends as the last one. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, events: EventHub, settings: Settings) {
    this.#path = path;
    this.#events = events;
    this.#settings = settings;
  }

  /**
   * Reads the file; where there is none, the defaults hold. A file that can't be understood is renamed to
   * `settings.broken-TIME.json` for its owner to look at, and the defaults hold.
   */
  static async open({ home, events, warn }: Context): Promise<SettingsFile> {
    const path = join(home, "settings.json");
    return new SettingsFile(path, events, await readSettings(path, warn));
  }

  get(): Settings {
    return this.#settings;
  }

  /** Changes what is named and leaves the rest. Throws settings.invalid, disk.full, disk.write-failed. */
  change(change: SettingsChange): Promise<Settings> {
    const result = this.#writing.then(() => this.#apply(change));
    this.#writing = result.catch(() => undefined);
    return result;
  }

  async #apply(change: SettingsChange): Promise<Settings> {
    const next = Settings.safeParse(merge(this.#settings, change));
    if (!next.success)
      throw new Problem("settings.invalid", "These settings are invalid", { details: z.prettifyError(next.error) });
    await writeFileAtomically(this.#path, `${JSON.stringify(next.data, undefined, 2)}\n`, 0o600);
    this.#settings = next.data;
    this.#events.publish({ settings: next.data });
    return next.data;
  }
}

/** Sections that `change` does not name keep their values, and so do the fields of the sections that it names. */
function merge(settings: Settings, change: SettingsChange): unknown {
  return {
    version: settings.version,
    homes: { ...settings.homes, ...change.homes },
    images: { ...settings.images, ...change.images },
    appearance: { ...settings.appearance, ...change.appearance },
    console: { ...settings.console, ...change.console },
    desktop: { ...settings.desktop, ...change.desktop },
    updates: { ...settings.updates, ...change.updates },
    kernels: { ...settings.kernels, ...change.kernels },
    newInstances: { ...settings.newInstances, ...change.newInstances },
    limits: { ...settings.limits, ...change.limits },
  };
}

async function readSettings(path: string, warn: Context["warn"]): Promise<Settings> {
  let text = "";
  try {
    text = await readRegular(path, MAX_FILE_BYTES);
  } catch (error) {
    // What is no file, or too large for one of settings, is as good as one that says nothing.
    if (!(error instanceof Problem)) {
      if (systemErrorCode(error) !== "ENOENT")
        warn(`The settings can't be read, so the defaults are used: ${String(error)}`);
      return defaultSettings;
    }
  }
  const settings = parseSettings(text);
  if (settings) return settings;

  const aside = path.replace(/\.json$/, `.broken-${new Date().toISOString().replaceAll(":", "")}.json`);
  await rename(path, aside);
  warn(`The settings could not be understood; they were set aside as ${aside}, and the defaults are used.`);
  return defaultSettings;
}

/** What makes a file of one version a file of the next. */
const migrations: Readonly<Record<number, (file: Record<string, unknown>) => Record<string, unknown>>> = {
  // The homes came: OPS's folder was where the environment says.
  1: (file) => ({ ...file, version: 2, homes: { ops: null } }),
};

function migrate(file: Record<string, unknown>): Record<string, unknown> {
  const migration = typeof file.version === "number" ? migrations[file.version] : undefined;
  return migration ? migrate(migration(file)) : file;
}

function parseSettings(text: string): Settings | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const file = z.record(z.string(), z.unknown()).safeParse(json);
  if (!file.success) return undefined;
  const migrated = migrate(file.data);
  // What an older file does not have gets its default, section by section.
  const sections = Object.entries(defaultSettings).map(([name, section]) => {
    const given = migrated[name];
    const isPart = typeof section === "object" && typeof given === "object" && given !== null;
    return [name, isPart ? { ...section, ...given } : (given ?? section)];
  });
  return Settings.safeParse(Object.fromEntries(sections)).data;
}
