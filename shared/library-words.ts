/** How a library was found, in words. Pure. */

import type { Library } from "./contract/programs.ts";

const words: Record<NonNullable<Library["foundBy"]>, string> = {
  path: "by its path",
  rpath: "RPATH",
  runpath: "RUNPATH",
  environment: "LD_LIBRARY_PATH",
  cache: "ld.so.cache",
  configuration: "the loader's configuration",
  default: "the loader's own folders",
  image: "among the added files",
};

/** By which of the loader's rules; undefined for one that is missing. */
export const foundByWords = ({ foundBy }: Library): string | undefined => foundBy && words[foundBy];
