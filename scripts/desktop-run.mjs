// How the specs of the Electron window are run: on a display of their own, and under root as an account without rights, as
// Chromium's sandbox does not work for root. What is run is computed here; suites.mjs runs it.

import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";

/** The account `nobody` has this number on every Linux. */
const NOBODY = 65534;
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
const DISPLAY = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1600x1000x24"];

/**
 * @typedef {object} Place
 * @property {boolean} isRoot
 * @property {string} root the repository
 * @property {boolean} isReachable whether `nobody` may read the repository where it is
 * @property {string} folder for the run's own files
 *
 * The command that runs `words` (a program and its arguments, with the repository as the current folder).
 * @param {readonly string[]} words @param {Place} place
 * @returns {string[]} Pure
 */
export function desktopCommand(words, { isRoot, root, isReachable, folder }) {
  if (!isRoot) return [...DISPLAY, ...words];
  const inside = [...AS_NOBODY, ...DISPLAY, ...words];
  if (isReachable) return inside;
  // A folder that only root may enter stands in the way: the repository is seen at another place, by this run alone.
  const seen = join(folder, "repository");
  const moved = inside.map((word) => (word.startsWith(`${root}/`) ? join(seen, word.slice(root.length)) : word));
  const script = 'mount --bind "$1" "$2" && cd "$2" && shift 2 && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh", root, seen, ...moved];
}

/** Makes the run's folders, and says where it is. @param {string} folder @param {string} root @returns {Place} */
export function desktopPlace(folder, root) {
  const isRoot = process.getuid?.() === 0;
  chmodSync(folder, 0o755);
  for (const name of ["home", "results", "repository"]) {
    mkdirSync(join(folder, name));
    if (isRoot) chownSync(join(folder, name), NOBODY, NOBODY);
  }
  const [command = "", ...args] = [...AS_NOBODY, "test", "-r", join(root, "package.json")];
  const isReachable = isRoot && spawnSync(command, args, { cwd: "/", stdio: "ignore" }).status === 0;
  return { isRoot, root, isReachable, folder };
}
