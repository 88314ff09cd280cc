/** Programs that could be built: what they are and need. */

import { access, constants } from "node:fs/promises";
import { Problem } from "../../../shared/problem.ts";
import type { Calls } from "../lib/domain-parts.ts";
import { expandHome } from "../lib/home-path.ts";
import type { World } from "../lib/world.ts";
import { inspectProgram } from "./inspect.ts";
import { runtimeFor } from "./runtimes.ts";

interface Deps extends World {
  imageWork: { freeName(program: string, fileName: string): Promise<string> };
}

export function programs({ resources, imageWork }: Deps) {
  return {
    calls: {
      programs: {
        inspect: async (asked) => {
          const path = expandHome(asked.path);
          const { suggested, ...inspection } = await inspectProgram(path, expandHome(asked.sysroot));
          const name = await imageWork.freeName(path, inspection.program.fileName);
          return { ...inspection, suggested: { ...suggested, name } };
        },
        runtime: ({ path }) => runtimeFor(expandHome(path)),
        sample: async () => {
          const path = resources.sample;
          await access(path, constants.R_OK).catch(() => {
            throw new Problem("file.not-found", "The sample program is not built", {
              hint: "Build it: make -C resources/samples",
            });
          });
          return { path };
        },
      },
    } satisfies Calls<"programs">,
  };
}
