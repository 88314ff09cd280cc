// `npm run unideck -- …`: the command line, set up first.

import { commandLine } from "./setup/places.mjs";
import { become } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";

const node = await setUp("start");
await become(node, [...commandLine, ...process.argv.slice(2)]);
