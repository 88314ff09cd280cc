/** What ships beside the code, and where it lies: in a source tree and in a package alike. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

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
  /** The script that makes bridges with the rights of root. */
  networkHelper: string;
  /** The built renderer. */
  renderer: string;
}

/** The resources of the package that the file or folder `within` belongs to. */
export function findResources(within: string = import.meta.dirname): Resources {
  const { root, version } = packageOf(within);
  const isBundled = within.endsWith(join("out", "main")) || within.includes(join("out", "main", "chunks"));
  // Sources are run as they are by a Node that can.
  const program = (name: string) => join(root, isBundled ? `out/main/${name}.js` : `electron/${name}.ts`);
  return {
    version,
    pith: join(root, "kernel/build/release"),
    sample: join(root, "resources/samples/build/hello"),
    networkSwitch: program("switch"),
    keeper: program("keeper"),
    networkHelper: join(root, "resources/network/unideck-network-helper"),
    renderer: join(root, "out/renderer"),
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
