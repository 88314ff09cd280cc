/**
 * An engine without a window of its own: the program `engine-host.js`. The window starts it where its Electron cannot be the
 * engine, and is its client (hosts/electron/engine-process.ts). It ends with its standard input, however the window ends.
 */

import { reportOf } from "../shared/problem.ts";
import { resolveHomes } from "./engine/lib/homes.ts";
import { findResources } from "./engine/lib/resources.ts";
import { connectToEngine } from "./hosts/connect.ts";

connectToEngine({ homes: resolveHomes(), resources: findResources() }).then(
  (connection) => {
    process.stdin.resume().once("close", () => void connection.close().finally(() => process.exit(0)));
  },
  (error: unknown) => {
    console.error(JSON.stringify(reportOf(error)));
    process.exit(1);
  },
);
