/** The program of a home's keeper: `keeper.js HOME LIMITS`. Started by the engine, on its own from then on. */

import { runKeeper } from "./engine/keeper/process.ts";

/** Without an engine and without a machine. */
const IDLE_MS = 10_000;

const [home = "", limits = ""] = process.argv.slice(2);
void runKeeper(home, JSON.parse(limits), IDLE_MS).then(() => process.exit(0));
