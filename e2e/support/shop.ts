/** The web server that has a neighbour (programs/go/shop), built. */

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { root, type World } from "./world.ts";

export function buildShop(world: World): string {
  const path = world.path("shop");
  execFileSync("go", ["build", "-o", path, "./shop"], {
    cwd: join(root, "e2e/programs/go"),
    env: { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOPROXY: "off", GOFLAGS: "-mod=mod" },
  });
  return path;
}
