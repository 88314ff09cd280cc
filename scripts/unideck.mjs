// `npm run unideck -- …`: the command line, set up first.

import { join } from "node:path";
import { root } from "./setup/places.mjs";
import { become } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";

const node = await setUp("start");
await become(node, [join(root, "out/main/cli.js"), ...process.argv.slice(2)]);
