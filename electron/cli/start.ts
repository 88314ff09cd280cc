/** Where a command begins once Node is known to be new enough: the version, or all that the command needs. */

import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { resolveHomes } from "../engine/lib/homes.ts";
import { findResources } from "../engine/lib/resources.ts";

/** The exit code of the process. */
export async function start(args: readonly string[]): Promise<number> {
  // The shortest command needs none of the others' code.
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.write(`${findResources().version}\n`);
    return 0;
  }
  keepCompiledCode();
  const { runCommandLine } = await import("./program.ts");
  // Who reads the output may leave before its end, as `head` does.
  process.stdout.on("error", () => undefined);
  return await runCommandLine(args);
}

/**
 * Code is compiled once and kept in the home: in the folder for temporary files, where Node would keep it, another account
 * could put code of its own in its place.
 */
function keepCompiledCode(): void {
  const before = process.umask(0o077);
  try {
    enableCompileCache(join(resolveHomes().unideck, "compiled"));
  } finally {
    process.umask(before);
  }
}
