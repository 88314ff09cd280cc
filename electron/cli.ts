/**
 * The command line's entry: refuses a Node that is too old in words that such a Node understands, and loads nothing before.
 * This takes the place of a second Node that only looks at the first one's version.
 */

/** The engine's lock stands on node:sqlite, which needs no flag from 22.13 on (and 23.4). */
const OLDEST_NODE = "22.13";

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 4) || (major === 22 && minor >= 13);
}

if (isNewEnough(process.versions.node)) void main();
else {
  process.stderr.write(
    `error: Node ${process.version} is too old: Unideck needs ${OLDEST_NODE} or newer\n` +
      "hint: Install Node 24, or run npm start once in Unideck's folder.\n",
  );
  process.exitCode = 1;
}

async function main(): Promise<void> {
  // Electron was told to be a Node: what this starts is told anew where it has to be, and no browser or editor is.
  delete process.env.ELECTRON_RUN_AS_NODE;
  // Of node:sqlite, in Nodes in which it is still new: nothing that a person could do about.
  const { emitWarning } = process;
  process.emitWarning = (warning: string | Error, ...more: unknown[]) => {
    if (more[0] !== "ExperimentalWarning") Reflect.apply(emitWarning, process, [warning, ...more]);
  };
  const { start } = await import("./cli/start.ts");
  // What is still open, such as standard input, must not keep a command that is done.
  process.exit(await start(process.argv.slice(2)));
}
