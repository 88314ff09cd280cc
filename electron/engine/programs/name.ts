/** Names of images: which are valid, and which one to propose. */

import { ImageName } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";

/** Proposals stay short enough for a list. */
const MAX_PROPOSED = 60;

/** Throws image.name for a name that can't be a file name here and in OPS. */
export function checkImageName(name: string): void {
  if (ImageName.safeParse(name).success) return;
  const shown = name.length > 40 ? `${name.slice(0, 40)}…` : name;
  throw new Problem("image.name", `“${shown}” is not a valid image name`, {
    hint: "Use at most 200 letters, digits, dots, dashes and underscores, beginning with a letter or a digit.",
  });
}

/** A valid name made of a file's: without its extension, and without dots, at which OPS cuts names. */
export function proposeName(fileName: string): string {
  const name = fileName
    .replace(/\.[A-Za-z][A-Za-z0-9]{0,7}$/, "")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^[-_]+/, "")
    .slice(0, MAX_PROPOSED)
    .replace(/[-_]+$/, "");
  return name || "program";
}

/** `name` itself, then `name-2`, `name-3`, … */
export function* variationsOf(name: string): Generator<string> {
  yield name;
  for (let number = 2; ; number++) yield `${name}-${number}`;
}
