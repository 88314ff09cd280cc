// What makes a version: whether one can be made, and its section of the changelog. Pure.

const UNRELEASED = "## [Unreleased]";

/**
 * @typedef {object} Situation
 * @property {string} version the one to be made
 * @property {string} current the one in package.json
 * @property {string} changelog
 * @property {string} changes what git says is not committed
 * @property {readonly string[]} tags
 */

/**
 * Why this version cannot be made now; undefined where it can.
 * @param {Situation} situation
 * @returns {{ sentence: string, hint: string } | undefined}
 */
export function findObstacle({ version, current, changelog, changes, tags }) {
  const wanted = parse(version);
  if (!wanted)
    return { sentence: `“${version}” is not a version.`, hint: "Use three numbers: npm run release -- 0.2.0" };
  if (tags.includes(`v${version}`)) return { sentence: `Version ${version} exists.`, hint: "Choose a newer one." };
  if (compare(wanted, parse(current) ?? [0, 0, 0]) <= 0)
    return { sentence: `${version} is not newer than ${current}.`, hint: "Choose a newer one." };
  if (changes.trim() !== "")
    return { sentence: "There are changes that are not committed.", hint: "Commit or stash them: git status" };
  if (unreleased(changelog).trim() === "")
    return {
      sentence: `CHANGELOG.md has nothing under “${UNRELEASED}”.`,
      hint: "Describe what changed for users, by Added, Changed, Fixed, Removed, Security.",
    };
  return undefined;
}

/**
 * The changelog with what was unreleased as a section of this version, and an empty section for what comes next.
 * @param {string} changelog
 * @param {string} version
 * @param {string} date as 2026-12-01
 */
export function releaseChangelog(changelog, version, date) {
  return changelog.replace(UNRELEASED, `${UNRELEASED}\n\n## [${version}] - ${date}`);
}

/** @param {string} changelog */
function unreleased(changelog) {
  const start = changelog.indexOf(UNRELEASED);
  if (start < 0) return "";
  const rest = changelog.slice(start + UNRELEASED.length);
  const end = rest.search(/^## \[/m);
  return end < 0 ? rest : rest.slice(0, end);
}

/** @param {string} version @returns {number[] | undefined} */
function parse(version) {
  return /^\d+\.\d+\.\d+$/.test(version) ? version.split(".").map(Number) : undefined;
}

/** @param {number[]} a @param {number[]} b */
function compare(a, b) {
  const i = a.findIndex((part, i) => part !== b[i]);
  return i < 0 ? 0 : (a[i] ?? 0) - (b[i] ?? 0);
}
