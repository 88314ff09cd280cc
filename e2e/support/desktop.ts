/** The real application of the desktop, started in a world of its own and driven through its debugging ports. */

import { _electron, type ElectronApplication } from "@playwright/test";
import { testElectron } from "../../scripts/setup/test-electron.mjs";
import { root, type World } from "./world.ts";

export interface DesktopOptions {
  /** Words behind the folder of the application: files and links, as a desktop hands them over. */
  words?: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** Starts Electron on the world's home. Who starts it closes it. */
export function launchDesktop(
  world: World,
  { words = [], env = {} }: DesktopOptions = {},
): Promise<ElectronApplication> {
  const executablePath = testElectron();
  if (!executablePath) throw new Error("There is no Electron on this machine: npm test fetches it");
  return _electron.launch({
    executablePath,
    args: [root, ...words],
    cwd: world.folder,
    chromiumSandbox: true,
    // Nothing of the developer's own desktop: a test that needs a bus brings its own.
    env: definedOf({ ...world.environment, DBUS_SESSION_BUS_ADDRESS: "disabled:", ...env }),
  });
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
