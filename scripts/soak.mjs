// `npm run soak`: sets up what is missing, then runs the long trials.
//
//     npm run soak            everything
//     npm run soak -- kill    only these

import { join } from "node:path";
import { typeScriptFlags } from "./setup/node.mjs";
import { root } from "./setup/places.mjs";
import { become } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";

const node = await setUp("test");
await become(node, [...typeScriptFlags(node), join(root, "soak", "main.ts"), ...process.argv.slice(2)]);
