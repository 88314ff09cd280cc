// The application from the web host: served until Ctrl-C, in a browser window of its own where one can be opened.

import { execFile, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fetchBrowser } from "./setup/browser-download.mjs";
import { isSnap } from "./setup/browsers.mjs";
import { commandLine } from "./setup/places.mjs";
import { say } from "./setup/run.mjs";

/**
 * Serves the application and opens a window on it, or says where it is; ends with the window, or with Ctrl-C.
 * @param {string} node
 * @param {{ obstacle: string | undefined, yes: boolean }} options `obstacle`: why no window can be opened
 */
export async function openInBrowser(node, { obstacle, yes }) {
  const browser = obstacle ? undefined : await fetchBrowser(node, { yes });
  const server = spawn(node, [...commandLine, "serve", "--json"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
    process.on(signal, () => server.kill("SIGTERM"));
  server.once("exit", (code) => process.exit(code ?? 1));

  const port = await firstPort(server.stdout);
  // Without a port it has ended, and said why.
  if (!port) return;
  if (browser) {
    process.stdout.write(`Unideck is at http://127.0.0.1:${port}/\n`);
    const { file } = await link(node, port, ["--file"]);
    openWindow(browser, file, () => server.kill("SIGTERM"));
  } else {
    const { url } = await link(node, port, ["--link"]);
    process.stdout.write(`Unideck is at ${url}\n`);
    say(`Open this address in a browser (${obstacle ?? "no browser was found"}).`);
    say(`From another computer, first run there: ssh -L ${port}:127.0.0.1:${port} HOST`);
    say("The address works once, within ten minutes. A new one: bin/unideck serve --link");
    say("Ctrl+C stops it; instances keep running.");
  }
}

/**
 * What lets one page in: an address for people, or a file for a browser, since every account can read its arguments.
 * @param {string} node
 * @param {number} port
 * @param {string[]} options
 * @returns {Promise<{ url: string, file: string }>}
 */
async function link(node, port, options) {
  const words = [...commandLine, "serve", ...options, "--port", String(port), "--json"];
  const { stdout } = await promisify(execFile)(node, words);
  return JSON.parse(stdout);
}

/**
 * @param {string} browser
 * @param {string} file a page that leads to the application
 * @param {() => void} closed
 */
function openWindow(browser, file, closed) {
  const home = process.env.UNIDECK_HOME ?? join(homedir(), ".unideck");
  const profile = freeProfile(
    isSnap(browser) ? join(homedir(), "snap/chromium/common/unideck") : join(home, "browser"),
  );
  const options = [
    `--app=${pathToFileURL(file)}`,
    `--user-data-dir=${profile}`,
    "--no-first-run",
    "--no-default-browser-check",
  ];
  const window = spawn(browser, options, { stdio: "ignore" });
  window.once("error", (error) => say(`${browser} could not be started: ${error.message}`));
  // One that fails, as without its display, leaves the application for a browser of one's own.
  window.once("exit", (code) =>
    code === 0
      ? closed()
      : say(
          `${browser} ended with code ${code}. An address for another: bin/unideck serve --link. Ctrl+C stops Unideck.`,
        ),
  );
}

/**
 * A browser that is started with the profile of another one hands over to it and ends at once, as if its window had been
 * closed: so a second window gets a second profile.
 * @param {string} wanted
 */
function freeProfile(wanted) {
  for (let number = 1; ; number += 1) {
    const profile = number === 1 ? wanted : `${wanted}-${number}`;
    if (!isInUse(profile)) return profile;
  }
}

/** The lock of a profile is a link to HOST-PID. @param {string} profile */
function isInUse(profile) {
  try {
    const pid = Number(readlinkSync(join(profile, "SingletonLock")).split("-").at(-1));
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The port in the line of JSON that `serve` prints; undefined where it ends without one.
 * @param {import("node:stream").Readable} output
 * @returns {Promise<number | undefined>}
 */
function firstPort(output) {
  return new Promise((resolve) => {
    let text = "";
    output.setEncoding("utf8").on("data", (piece) => {
      text += piece;
      if (text.includes("\n")) resolve(JSON.parse(text.slice(0, text.indexOf("\n"))).port);
    });
    output.once("end", () => resolve(undefined));
  });
}
