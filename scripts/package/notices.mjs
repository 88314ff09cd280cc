// The licences of all that is bundled: npm packages by their own files. Electron and Chromium bring theirs.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Not a dependency of what runs, yet part of what is built: its style sheet is in ours. */
const BUNDLED_TOOLS = ["tailwindcss"];

/**
 * @typedef {object} Notice
 * @property {string} name
 * @property {string} version
 * @property {string} license its identifier
 * @property {string} text of its licence file; empty where it has none
 */

/**
 * The dependencies in package.json and all that they depend on, as installed.
 * @param {string} root of the repository
 * @returns {Notice[]}
 */
export function collectNotices(root) {
  /** @type {Map<string, Notice>} */
  const found = new Map();
  const { dependencies } = readJson(join(root, "package.json"));
  /** @param {string} name @param {string} from folder of the package that needs it */
  const visit = (name, from) => {
    const folder = installedAt(name, from, root);
    if (!folder || found.has(folder)) return;
    const { version, license, dependencies = {} } = readJson(join(folder, "package.json"));
    found.set(folder, { name, version, license: String(license), text: licenseText(folder) });
    for (const each of Object.keys(dependencies)) visit(each, folder);
  };
  for (const name of [...Object.keys(dependencies), ...BUNDLED_TOOLS]) visit(name, root);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
}

/** @param {readonly Notice[]} notices */
export function formatNotices(notices) {
  const rule = "-".repeat(80);
  const each = notices.map(
    ({ name, version, license, text }) => `${rule}\n${name} ${version} (${license})\n\n${text.trim()}\n`,
  );
  return [
    "Unideck contains the following packages. Electron and Chromium have their licences in",
    "LICENSE.electron.txt and LICENSES.chromium.html.\n",
    ...each,
  ].join("\n");
}

/** As Node finds it: in the node_modules of the folder, or of one above. @param {string} name @param {string} from @param {string} root */
function installedAt(name, from, root) {
  for (let folder = from; folder.startsWith(root); folder = join(folder, "..")) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
  }
  return undefined;
}

/** @param {string} folder */
function licenseText(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.(md|txt))?$/i.test(name));
  return file ? readFileSync(join(folder, file), "utf8") : "";
}

/** @param {string} path */
function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}
