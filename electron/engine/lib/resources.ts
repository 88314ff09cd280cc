/** What ships beside the code, and where it lies: in a source tree and in a package alike. */

import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export interface Resources {
  /** Unideck's own version. */
  version: string;
  /** The bundled kernel release. */
  pith: string;
  /** The program behind “Try the sample”. */
  sample: string;
  /** The program of a network's switch. */
  networkSwitch: string;
  /** The program of a home's keeper. */
  keeper: string;
  /** The program of an engine beside a window that cannot be one. */
  engineHost: string;
  /** The script that makes bridges with the rights of root. */
  networkHelper: string;
  /** The script that is the command line. */
  commandLine: string;
  /** The built renderer. */
  renderer: string;
}

/** An Electron package keeps its code in this archive, and what has to be a real file in the folder beside it. */
const ARCHIVE = "app.asar";
const UNPACKED = `${ARCHIVE}.unpacked`;

/**
 * Where each resource lies, from the root of a source tree and from a package's folder of resources. In a package all are
 * real files: QEMU opens no file in an archive, sudo runs none, and neither does a Node that is not Electron's.
 * The places in a package are made by electron-builder.yml.
 */
const places: Record<Exclude<keyof Resources, "version">, { tree: string; source?: string; package: string }> = {
  pith: { tree: "kernel/build/release", package: "kernel" },
  sample: { tree: "resources/samples/build/hello", package: "samples/hello" },
  networkSwitch: {
    tree: "out/main/switch.js",
    source: "electron/switch.ts",
    package: `${UNPACKED}/out/main/switch.js`,
  },
  keeper: { tree: "out/main/keeper.js", source: "electron/keeper.ts", package: `${UNPACKED}/out/main/keeper.js` },
  engineHost: {
    tree: "out/main/engine-host.js",
    source: "electron/engine-host.ts",
    package: `${UNPACKED}/out/main/engine-host.js`,
  },
  networkHelper: {
    tree: "resources/network/unideck-network-helper",
    package: "network/unideck-network-helper",
  },
  commandLine: { tree: "bin/unideck", package: "bin/unideck" },
  renderer: { tree: "out/renderer", package: `${UNPACKED}/out/renderer` },
};

/** The resources that belong to the code in the folder `within`: by default to the code that runs. */
export function findResources(within: string = import.meta.dirname): Resources {
  const { root, version } = packageOf(within);
  const isPackaged = [ARCHIVE, UNPACKED].includes(basename(root));
  const isBundled = within.startsWith(join(root, "out"));
  const find = (name: keyof typeof places) => {
    const place = places[name];
    if (isPackaged) return join(dirname(root), place.package);
    // Sources are run as they are by a Node that can.
    return join(root, isBundled ? place.tree : (place.source ?? place.tree));
  };
  return {
    version,
    pith: find("pith"),
    sample: find("sample"),
    networkSwitch: find("networkSwitch"),
    keeper: find("keeper"),
    engineHost: find("engineHost"),
    networkHelper: find("networkHelper"),
    commandLine: find("commandLine"),
    renderer: find("renderer"),
  };
}

/**
 * Bundled code lies in `out/main`, sources in `electron`: the root is the next folder upwards with a package.json that has a
 * version. Every command comes through here: no schema is loaded for it.
 */
function packageOf(within: string): { root: string; version: string } {
  for (let root = within; ; root = dirname(root)) {
    const file = join(root, "package.json");
    const content: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
    const version = typeof content === "object" && content && "version" in content ? content.version : undefined;
    if (typeof version === "string") return { root, version };
    if (root === dirname(root)) throw new Error(`No package.json above ${within}`);
  }
}
