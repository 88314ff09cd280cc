// Which host `npm start` opens the application with, and whether it can open a browser window. Pure.

/**
 * @typedef {"electron" | "web"} Host
 * @typedef {object} Desktop
 * @property {boolean} hasDisplay
 * @property {boolean} isRoot Chromium's sandbox does not work for root, and nobody should be made to switch it off
 */

/**
 * The hosts to try, in order. A host that was asked for is the only one.
 * @param {Host | undefined} wish
 * @param {Desktop} desktop
 * @returns {readonly Host[]}
 */
export function hostsToTry(wish, { hasDisplay, isRoot }) {
  if (wish) return [wish];
  return hasDisplay && !isRoot ? ["electron", "web"] : ["web"];
}

/**
 * Why no window can be opened here; undefined where one can.
 * @param {Desktop} desktop
 */
export function obstacleToWindow({ hasDisplay, isRoot }) {
  if (!hasDisplay) return "there is no display";
  if (isRoot) return "a browser's sandbox does not work for root";
  return undefined;
}
