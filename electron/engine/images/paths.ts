/** A build whose paths on the host are absolute. */

import type { BuildSpec, Placement } from "../../../shared/contract/images.ts";
import { expandHome } from "../lib/home-path.ts";

export function withHostPaths(build: BuildSpec): BuildSpec {
  const placed = ({ host, guest }: Placement) => ({ host: expandHome(host), guest });
  return {
    ...build,
    program: expandHome(build.program),
    files: build.files.map(placed),
    folders: build.folders.map(placed),
    kernel: expandHome(build.kernel),
    klibFolder: expandHome(build.klibFolder),
    sysroot: expandHome(build.sysroot),
    out: expandHome(build.out),
  };
}
