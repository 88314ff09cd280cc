/** Where a command begins once Node is known to be new enough: the version, or all that the command needs. */

import { enableCompileCache } from "node:module";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { resolveHomes } from "../engine/lib/homes.ts";
import { findResources } from "../engine/lib/resources.ts";

/** The exit code of the process, once all that the command wrote has gone out: what is pending would be lost at exit. */
export async function start(args: readonly string[]): Promise<number> {
  const code = await carryOut(args);
  await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
  return code;
}

async function carryOut(args: readonly string[]): Promise<number> {
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

/** Pipes and sockets take no more than their reader leaves room for. One that nobody reads any more has nothing pending. */
async function flushed(output: Writable): Promise<void> {
  if (output.writableLength === 0 || output.destroyed) return;
  await new Promise<void>((resolve) => {
    output.once("close", resolve);
    output.write("", () => resolve());
  });
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
