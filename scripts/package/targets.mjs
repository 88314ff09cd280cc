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
  --fast               less compression, for trials
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
 * Why a build of electron-builder failed, of what it printed: what it could not download, or its own first error.
 * @param {Target} target
 * @param {string} said
 * @returns {{ sentence: string, hint: string, isDownload: boolean }}
 */
export function explainFailure(target, said) {
  const host =
    /getaddrinfo \w+ ([\w.-]+)|connect \w+ ([\w.:-]+)|https?:\/\/([^\s"'\\/]+)[^\n]*(?:status code|Response code|Forbidden)/.exec(
      said,
    );
  const name = host?.slice(1).find(Boolean);
  if (name)
    return {
      isDownload: true,
      sentence: `${target} cannot be made here: what it needs is downloaded from ${name}, which cannot be reached.`,
      hint:
        target === "dir"
          ? "Use an unpacked Electron, --electron DIR, or a computer that reaches it."
          : "Use a computer that reaches it.",
    };
  const line = said.split("\n").find((line) => line.includes("⨯")) ?? "electron-builder gives no reason";
  return {
    isDownload: false,
    sentence: `${target} could not be made: ${line.replace(/^\W+/, "").trim()}`,
    hint: "See the lines above.",
  };
}
