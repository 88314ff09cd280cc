// Everything that stands between a fresh clone and a running application, in order; quick when nothing is missing.

import { fetchBrowser } from "./browser-download.mjs";
import { buildApplication, buildKernel } from "./builds.mjs";
import { fetchElectron } from "./electron-binary.mjs";
import { OLDEST_NODE, SETUP_NODE, suitableNode } from "./node.mjs";
import { installNpmPackages } from "./npm-packages.mjs";
import { fail, findBrewedTools } from "./run.mjs";
import { installSystemPackages } from "./system-packages.mjs";
import { fetchTestElectron } from "./test-electron.mjs";
import { buildXenHost } from "./xen-host.mjs";

/**
 * @param {import("./requirements.mjs").Purpose} purpose
 * @param {{ yes?: boolean }} [options] `yes`: install without asking
 * @returns {Promise<string>} path of the Node that runs the rest
 */
export async function setUp(purpose, { yes = Boolean(process.env.CI) } = {}) {
  if (Number.parseInt(process.versions.node, 10) < Number(SETUP_NODE))
    fail(`Unideck's setup needs Node ${SETUP_NODE} or newer, this is ${process.versions.node}.`, "https://nodejs.org");
  findBrewedTools();
  await installSystemPackages(purpose, { yes });
  installNpmPackages();
  const node = suitableNode();
  if (!node)
    fail(
      `Unideck needs Node ${OLDEST_NODE} or newer, this is ${process.versions.node}.`,
      "There is none among the npm packages for this machine: https://nodejs.org",
    );
  if (purpose === "test" && !(await fetchBrowser(node, { yes })))
    fail(
      "The tests need a browser, and none can be installed here.",
      "Install Chromium, Google Chrome or Microsoft Edge.",
    );
  if (purpose === "test" && !fetchElectron(node, { again: false })) fetchTestElectron(node);
  buildKernel();
  buildApplication(node);
  if (purpose === "test") buildXenHost();
  return node;
}
