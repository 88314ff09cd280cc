// `npm run bench`: sets up what is missing, then measures. Figures, not tests: nothing fails for being slow.
//
//     npm run bench                everything
//     npm run bench -- boot drop   only these sections
//     npm run bench -- --json      figures and samples as JSON on standard output

import { join } from "node:path";
import { typeScriptFlags } from "./setup/node.mjs";
import { root } from "./setup/places.mjs";
import { become } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";

const node = await setUp("test");
await become(node, [...typeScriptFlags(node), join(root, "bench", "main.ts"), ...process.argv.slice(2)]);
