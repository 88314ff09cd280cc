/** Settings: `settings.json` in Unideck's home. */

import { oc } from "@orpc/contract";
import { z } from "zod";
import { problems } from "../problem-schema.ts";
import { mirrorWhole } from "./mirror.ts";

export const Settings = z.object({
  version: z.literal(2),
  homes: z.object({
    /** OPS's folder, with images and kernels in it, where it is not `~/.ops`; holds from the engine's next start on. */
    ops: z
      .string()
      .regex(/^(?:~\/|\/)[^\0]*$/, "an absolute path")
      .max(4096)
      .nullable(),
  }),
  images: z.object({
    /** Whether other accounts of this computer may read the images that Unideck builds. */
    shared: z.boolean(),
  }),
  appearance: z.object({ theme: z.enum(["system", "light", "dark"]) }),
  console: z.object({
    fontSizePx: z.number().int().min(8).max(32),
    scrollbackLines: z.number().int().min(1000).max(1_000_000),
    /** Whether Ctrl+C copies while something is selected; without a selection it is always input for the program. */
    copyWithControlC: z.boolean(),
  }),
  desktop: z.object({
    /** Whether the desktop application starts, without its window, when this user logs in. */
    launchAtLogin: z.boolean(),
  }),
  updates: z.object({
    /** Where the newest version is announced, as `{"version": "1.2.3", "url": "https://…"}`; null: never asked. */
    address: z
      .url({ protocol: /^https?$/ })
      .max(2000)
      .nullable(),
  }),
  kernels: z.object({
    /** The release of images for which none is named: `pith`, a version, or an absolute path. */
    default: z.string().min(1),
    /** Where releases are downloaded from: the address under which `latest.txt` stands. */
    releaseAddress: z.url({ protocol: /^https?$/ }),
  }),
  newInstances: z.object({
    memoryBytes: z
      .number()
      .int()
      .min(8 * 2 ** 20),
    cpus: z.number().int().min(1).max(64),
  }),
  limits: z.object({
    stagedUploadBytes: z
      .number()
      .int()
      .min(2 ** 20),
    /** So much of an instance's console is kept: the newest bytes. */
    consoleLogBytes: z
      .number()
      .int()
      .min(2 ** 20),
    /** So much of a run's trace is kept: the newest lines. */
    traceLogBytes: z
      .number()
      .int()
      .min(2 ** 20),
    /** A capture of packets that has become so large is ended. */
    captureBytes: z
      .number()
      .int()
      .min(2 ** 20),
  }),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  version: 2,
  homes: { ops: null },
  images: { shared: false },
  appearance: { theme: "system" },
  console: { fontSizePx: 13, scrollbackLines: 100_000, copyWithControlC: true },
  desktop: { launchAtLogin: false },
  updates: { address: null },
  kernels: { default: "pith", releaseAddress: "https://storage.googleapis.com/nanos/release/" },
  newInstances: { memoryBytes: 256 * 2 ** 20, cpus: 1 },
  limits: {
    stagedUploadBytes: 8 * 2 ** 30,
    consoleLogBytes: 256 * 2 ** 20,
    traceLogBytes: 256 * 2 ** 20,
    captureBytes: 256 * 2 ** 20,
  },
};

/** Any part of the settings; what is not named stays. */
export const SettingsChange = z.object({
  homes: Settings.shape.homes.partial().optional(),
  images: Settings.shape.images.partial().optional(),
  appearance: Settings.shape.appearance.partial().optional(),
  console: Settings.shape.console.partial().optional(),
  desktop: Settings.shape.desktop.partial().optional(),
  updates: Settings.shape.updates.partial().optional(),
  kernels: Settings.shape.kernels.partial().optional(),
  newInstances: Settings.shape.newInstances.partial().optional(),
  limits: Settings.shape.limits.partial().optional(),
});
export type SettingsChange = z.infer<typeof SettingsChange>;

const calls = {
  get: oc.route({ method: "GET", path: "/settings", summary: "Read the settings" }).output(Settings),
  change: oc
    .route({ method: "PATCH", path: "/settings", summary: "Change settings" })
    .input(SettingsChange)
    .output(Settings)
    .errors(problems("settings.invalid", "disk.write-failed")),
};

export const settings = { calls, mirror: mirrorWhole(Settings) };
