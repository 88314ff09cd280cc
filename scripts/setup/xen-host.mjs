// The Xen host that tests run guests on (e2e/xen-host): built once, from packages that are unpacked and not installed.

import { join } from "node:path";
import { root } from "./places.mjs";
import { run, say, which } from "./run.mjs";

/** Builds it where it can be had; nothing is done where it is there. Without it only its own tests can't run. */
export function buildXenHost() {
  if (process.platform !== "linux" || process.arch !== "x64" || !which("apt-get")) return;
  if (!run(join(root, "e2e/xen-host/build-host.sh"), []))
    say("The Xen host of the tests could not be built: its tests will fail.");
}
