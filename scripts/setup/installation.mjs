// How what is missing gets installed: by which commands, or why not at all. Pure.

/**
 * @typedef {import("./requirements.mjs").Machine} Machine
 * @typedef {import("./requirements.mjs").Requirement} Requirement
 *
 * @typedef {object} Means what there is to install with
 * @property {"apt" | "brew" | undefined} manager
 * @property {boolean} isRoot
 * @property {boolean} hasSudo
 * @property {boolean} isTerminal whether a person could type a password
 * @property {boolean} hasFreshLists whether apt's lists are there and not old
 *
 * @typedef {object} Installation
 * @property {readonly string[][]} commands one after the other; none where nothing can be done
 * @property {readonly Requirement[]} unavailable what this manager does not have
 */

/**
 * Throws a Refusal where only a person can go on.
 * @param {readonly Requirement[]} missing
 * @param {Machine} machine
 * @param {Means} means
 * @returns {Installation}
 */
export function planInstallation(missing, machine, means) {
  if (!means.manager)
    throw new Refusal(
      "Neither apt nor brew is here to install them.",
      "Install them with your package manager, then run this again.",
    );
  const of = { apt: aptPlan, brew: brewPlan };
  return of[means.manager](missing, machine, means);
}

/** A sentence that says why not, and one that says what to do. */
export class Refusal extends Error {
  /** @param {string} sentence @param {string} hint */
  constructor(sentence, hint) {
    super(sentence);
    this.hint = hint;
  }
}

/**
 * @param {readonly Requirement[]} missing
 * @param {Machine} machine
 * @param {Means} means
 */
function aptPlan(missing, machine, { isRoot, hasSudo, isTerminal, hasFreshLists }) {
  const packages = unique(missing.flatMap((one) => one.apt(machine)));
  const unavailable = missing.filter((one) => one.apt(machine).length === 0);
  if (packages.length === 0) return { commands: [], unavailable };
  if (!isRoot && !hasSudo)
    throw new Refusal(
      "Installing needs root, and there is no sudo.",
      `As root: apt-get update && apt-get install ${packages.join(" ")}`,
    );
  // sudo clears the environment, so the variable is set behind it. Where nobody could type a password, it must not ask.
  const asRoot = isRoot ? [] : ["sudo", ...(isTerminal ? [] : ["-n"])];
  const apt = [...asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
  const update = [...apt, "update"];
  const install = [...apt, "install", "-y", "--no-install-recommends", ...packages];
  return { commands: hasFreshLists ? [install] : [update, install], unavailable };
}

/** @param {readonly Requirement[]} missing */
function brewPlan(missing) {
  const formulas = unique(missing.flatMap((one) => one.brew ?? []));
  const casks = unique(missing.flatMap((one) => one.casks ?? []));
  return {
    // Two commands: with --cask brew takes every name for a cask.
    commands: [
      ...(formulas.length > 0 ? [["brew", "install", ...formulas]] : []),
      ...(casks.length > 0 ? [["brew", "install", "--cask", ...casks]] : []),
    ],
    unavailable: missing.filter((one) => !one.brew && !one.casks),
  };
}

/** @param {readonly string[]} names */
function unique(names) {
  return [...new Set(names)];
}
