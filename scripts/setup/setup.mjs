// Everything that stands between a fresh clone and a running application, in order; quick when nothing is missing.

import { buildApplication, buildKernel } from "./builds.mjs";
import { suitableNode } from "./node.mjs";
import { installNpmPackages } from "./npm-packages.mjs";
import { fail } from "./run.mjs";
import { installSystemPackages } from "./system-packages.mjs";

/**
 * @param {"start" | "test"} purpose
 * @param {{ yes?: boolean }} [options] `yes`: install without asking
 * @returns {Promise<string>} path of the Node that runs the rest
 */
export async function setUp(purpose, { yes = Boolean(process.env.CI) } = {}) {
  await installSystemPackages(purpose, { yes });
  installNpmPackages();
  const node = suitableNode();
  if (!node)
    fail(
      `Unideck needs Node 22.12 or newer, this is ${process.versions.node}.`,
      process.platform === "darwin" ? "brew install node" : undefined,
    );
  buildKernel();
  buildApplication(node);
  return node;
}
