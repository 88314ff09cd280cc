/** The program of a private network's switch: `switch.js FOLDER SOCKET-FOLDER`. Started by the engine, on its own from then on. */

import { gateway } from "./engine/drivers.ts";
import { runSwitch } from "./engine/networks/switch/process.ts";

const [folder = "", socketFolder = folder] = process.argv.slice(2);
void runSwitch(folder, socketFolder, gateway).then(() => process.exit(0));
