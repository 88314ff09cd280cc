// `npm start`: sets up what is missing, then opens the application.
//
//     npm start                      Electron where it can be had, else the web host in a browser window
//     npm start -- --host electron   Electron, or an error
//     npm start -- --host web        the web host
//     npm start -- --yes             installs system packages without asking

import { spawn } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findBrowser } from "./setup/browsers.mjs";
import { fetchElectron } from "./setup/electron-binary.mjs";
import { root } from "./setup/places.mjs";
import { become, fail, say } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";

const { values } = parseArgs({ options: { host: { type: "string" }, yes: { type: "boolean", default: false } } });
if (values.host && !["electron", "web"].includes(values.host))
  fail(`There is no host “${values.host}”.`, "--host electron, or --host web");

const node = await setUp("start", { yes: values.yes || Boolean(process.env.CI) });
const hasDisplay = process.platform !== "linux" || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
// Chromium's sandbox does not work for root, and nobody should be made to switch it off.
const isRoot = process.getuid?.() === 0;

if (values.host !== "web" && (values.host === "electron" || (hasDisplay && !isRoot))) {
  const electron = fetchElectron({ again: values.host === "electron" });
  if (electron) await become(electron, [root]);
  if (values.host === "electron") fail("Electron is not on this machine.", "npm start -- --host web");
  say("Electron is not to be had here: opening the web host in a browser instead.");
}
await openInBrowser();

/** Serves the application and opens a window on it; ends with the window, or with Ctrl-C. */
async function openInBrowser() {
  const server = spawn(node, [join(root, "out/main/cli.js"), "serve", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => server.kill("SIGTERM"));
  server.once("exit", (code) => process.exit(code ?? 0));

  const url = await firstAddress(server.stdout);
  process.stdout.write(`Unideck is at ${url}\n`);
  const browser = findBrowser();
  if (!hasDisplay || isRoot || !browser) {
    const reason = !hasDisplay
      ? "there is no display"
      : isRoot
        ? "a browser's sandbox does not work for root"
        : "no browser was found";
    say(
      `Open this address in a browser (${reason}); from another machine through: ssh -L ${new URL(url).port}:127.0.0.1:${new URL(url).port} HOST`,
    );
    say("Ctrl-C ends it; instances go on.");
    return;
  }
  const home = process.env.UNIDECK_HOME ?? join(process.env.HOME ?? root, ".unideck");
  const profile = `--user-data-dir=${join(home, "browser")}`;
  const window = spawn(browser, [`--app=${url}`, profile, "--no-first-run", "--no-default-browser-check"], {
    stdio: "ignore",
  });
  window.once("error", (error) => say(`${browser} could not be started: ${error.message}`));
  window.once("exit", () => server.kill("SIGTERM"));
}

/**
 * The address in the line of JSON that `serve` prints.
 * @param {import("node:stream").Readable} output
 * @returns {Promise<string>}
 */
async function firstAddress(output) {
  let text = "";
  for await (const piece of output.setEncoding("utf8")) {
    text += piece;
    if (text.includes("\n")) break;
  }
  return JSON.parse(text.slice(0, text.indexOf("\n"))).url;
}
