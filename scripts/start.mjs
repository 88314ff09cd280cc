// `npm start`: sets up what is missing, then opens the application.

import { parseArgs } from "node:util";
import { openInBrowser } from "./open-in-browser.mjs";
import { fetchElectron } from "./setup/electron-binary.mjs";
import { hostsToTry, obstacleToWindow } from "./setup/hosts.mjs";
import { root } from "./setup/places.mjs";
import { become, fail, say } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";

const usage = `Usage: npm start [-- OPTIONS]

Sets up what is missing, then opens Unideck: in Electron where it can be had, else in a browser window; without a
display, or as root, it prints an address.

  --host electron   in Electron, or an error
  --host web        in a browser window
  --yes             installs system packages without asking
  --help            shows this
`;

const { host, yes, help } = readOptions();
if (help) {
  process.stdout.write(usage);
  process.exit(0);
}
const agreed = yes || Boolean(process.env.CI);
const desktop = {
  hasDisplay: process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY),
  isRoot: process.getuid?.() === 0,
};
const obstacle = obstacleToWindow(desktop);
if (host === "electron" && obstacle)
  fail(`Electron can't open a window: ${obstacle}.`, "This prints an address for a browser: npm start -- --host web");

const node = await setUp("start", { yes: agreed });
for (const candidate of hostsToTry(host, desktop)) {
  if (candidate === "web") {
    await openInBrowser(node, { obstacle, yes: agreed });
    break;
  }
  const electron = fetchElectron(node, { again: host === "electron" });
  if (electron) await become(electron, [root]);
  if (host === "electron") fail("Electron is not on this machine.", "npm start -- --host web");
  say("Electron cannot be installed here: opening Unideck in a browser instead.");
}

/** @returns {{ host?: "electron" | "web", yes: boolean, help: boolean }} */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        host: { type: "string" },
        yes: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const { host, yes, help } = values;
    if (host === undefined || host === "electron" || host === "web") return { host, yes, help };
    return fail(`There is no host “${host}”.`, "Choose one of: electron, web");
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error), "npm start -- --help shows what there is.");
  }
}
