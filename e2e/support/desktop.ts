/** The real application of the desktop, started in a world of its own and driven through its debugging ports. */

import { writeFile } from "node:fs/promises";
import { _electron, type ElectronApplication } from "@playwright/test";
import { testElectron } from "../../scripts/setup/test-electron.mjs";
import { root, type World } from "./world.ts";

export interface DesktopOptions {
  /** Words behind the folder of the application: files and links, as a desktop hands them over. */
  words?: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** A command before Electron's, such as one that gives it other rights. */
  prefix?: readonly string[];
  sandbox?: boolean;
}

/** Starts Electron on the world's home. Who starts it closes it. */
export async function launchDesktop(
  world: World,
  { words = [], env = {}, prefix = [], sandbox = true }: DesktopOptions = {},
): Promise<ElectronApplication> {
  const electron = testElectron();
  if (!electron) throw new Error("There is no Electron on this machine: npm test fetches it");
  const executablePath = prefix.length === 0 ? electron : world.path("start-electron");
  // The first words are Playwright's own.
  if (prefix.length > 0)
    await writeFile(executablePath, `#!/bin/sh\nexec ${prefix.join(" ")} '${electron}' "$@"\n`, { mode: 0o755 });
  const desktop = await _electron.launch({
    executablePath,
    args: [root, ...words],
    cwd: world.folder,
    chromiumSandbox: sandbox,
    // Nothing of the developer's own desktop: a test that needs a bus brings its own.
    env: definedOf({ ...world.environment, DBUS_SESSION_BUS_ADDRESS: "disabled:", ...env }),
  });
  // Nobody is there to answer: the first button, and what was asked is kept.
  await desktop.evaluate(({ dialog }) => {
    const asked: string[] = [];
    Reflect.set(globalThis, "asked", asked);
    const answer = async (...words: unknown[]) => {
      asked.push(String(Reflect.get(Object(words.at(-1)), "message")));
      return { response: 0, checkboxChecked: false };
    };
    Reflect.set(dialog, "showMessageBox", answer);
  });
  return desktop;
}

/** The questions and messages that the application has shown. */
export const askedBy = (desktop: ElectronApplication): Promise<string[]> =>
  desktop.evaluate(() => Array.from(Object(Reflect.get(globalThis, "asked")), String));

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
