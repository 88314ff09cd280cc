/** The system's Python, as a guest needs it. */

import { execFileSync } from "node:child_process";
import { systemPython } from "../../scripts/setup/machine.mjs";

const ask = "import os, sys; print(os.path.realpath(sys.executable), os.path.dirname(os.__file__), sep='\\n', end='')";

/** The program itself, whatever links lead to it, and the folder of its standard library. */
export function findPython(): { python: string; library: string } {
  const [python = "", library = ""] = execFileSync(systemPython(), ["-c", ask], { encoding: "utf8" }).split("\n");
  return { python, library };
}
