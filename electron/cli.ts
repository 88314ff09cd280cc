/** The command line's entry. Nothing but the compile cache comes before the code that the command needs. */

import { enableCompileCache } from "node:module";

enableCompileCache();
const { runCommandLine } = await import("./cli/program.ts");
// Who reads the output may leave before its end, as `head` does.
process.stdout.on("error", () => undefined);
// What is still open, such as standard input, must not keep a command that is done.
process.exit(await runCommandLine(process.argv.slice(2)));
