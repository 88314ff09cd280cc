// Which packages there are, what is needed for each, and what was asked for. Pure.

import { parseArgs } from "node:util";

/**
 * @typedef {"dir" | "deb" | "rpm" | "AppImage" | "dmg" | "zip"} Target
 * @typedef {"x64" | "arm64"} Arch
 * @typedef {object} Wish
 * @property {Target[]} targets
 * @property {Arch} arch
 * @property {string} [out] folder for what is made
 * @property {string} [electron] folder with an unpacked Electron, where it is not to be downloaded
 * @property {boolean} fast large packages, quickly made: for trials
 */

/** @type {Readonly<Record<Target, { platform: NodeJS.Platform | "any", what: string }>>} */
export const targets = {
  dir: { platform: "any", what: "the application in a folder" },
  deb: { platform: "linux", what: "for Debian and Ubuntu" },
  rpm: { platform: "linux", what: "for Fedora, openSUSE and their relatives" },
  AppImage: { platform: "linux", what: "one file for any Linux" },
  dmg: { platform: "darwin", what: "a disk image for macOS" },
  zip: { platform: "darwin", what: "an archive for macOS" },
};

const names = Object.keys(targets);

export const usage = `Usage: npm run package -- TARGET... [OPTIONS]

Makes packages of the desktop application. Targets:

${Object.entries(targets)
  .map(([name, { what }]) => `  ${name.padEnd(10)}${what}`)
  .join("\n")}

  --arch x64|arm64     processor of the packages; default: this computer's
  --out DIR            folder for the packages; default: build/packages
  --electron DIR       use the unpacked Electron in this folder instead of downloading one
  --fast               compress little, for trials
  --help               show this
`;

/** A sentence that says why not, and one that says what to do. */
export class Refusal extends Error {
  /** @param {string} sentence @param {string} hint */
  constructor(sentence, hint) {
    super(sentence);
    this.hint = hint;
  }
}

/**
 * What the words of the command line ask for; undefined for `--help`. Throws a Refusal.
 * @param {string[]} words
 * @param {{ platform: NodeJS.Platform, arch: string }} host
 * @returns {Wish | undefined}
 */
export function readWish(words, host) {
  const { values, positionals } = parse(words);
  if (values.help) return undefined;
  if (positionals.length === 0) throw new Refusal("No target is named.", `Targets: ${names.join(", ")}`);
  const wanted = [...new Set(positionals)].map((name) => {
    if (!isTarget(name)) throw new Refusal(`“${name}” is not a target.`, `Targets: ${names.join(", ")}`);
    const { platform } = targets[name];
    if (platform !== "any" && platform !== host.platform)
      throw new Refusal(
        `${name} cannot be made here: it needs ${platform === "darwin" ? "macOS" : "Linux"}.`,
        "Run the same command there.",
      );
    return name;
  });
  const arch = values.arch ?? host.arch;
  if (arch !== "x64" && arch !== "arm64")
    throw new Refusal(`There are no packages for the processor “${arch}”.`, "Use --arch x64 or --arch arm64.");
  const { out, electron, fast } = values;
  return { targets: wanted, arch, out, electron, fast };
}

/** @param {string[]} words */
function parse(words) {
  try {
    return parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        arch: { type: "string" },
        out: { type: "string" },
        electron: { type: "string" },
        fast: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error), "npm run package -- --help");
  }
}

/** @param {string} name @returns {name is Target} */
const isTarget = (name) => names.includes(name);

/**
 * The sentence for a build of electron-builder that failed: what it could not download, or its own last error.
 * @param {Target} target
 * @param {string} said what it printed
 * @returns {{ sentence: string, hint: string }}
 */
export function explainFailure(target, said) {
  const address = /https?:\/\/[^\s"'\\,)]+/.exec(said)?.[0];
  const isNetwork =
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|fetch failed|status code: [45]\d\d|Response code [45]\d\d|HTTPError|socket hang up|cannot resolve|connection refused|no such host|proxyconnect|Forbidden/i;
  if (address && isNetwork.test(said))
    return {
      sentence: `${target} cannot be made here: ${address} cannot be downloaded.`,
      hint: address.includes("/electron-v")
        ? "Or use an unpacked Electron: --electron DIR"
        : "Run it on a computer that reaches that address.",
    };
  const own = said.split("\n").filter((line) => /⨯|error/i.test(line));
  return {
    sentence: `${target} could not be made: ${(own[0] ?? "electron-builder gives no reason").replace(/^\W+/, "").trim()}`,
    hint: "The lines above have the rest.",
  };
}
