/** What a desktop hands to the application when it starts it: files, and links of the scheme `unideck:`. Pure. */

import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseUrl } from "../../../shared/parse-url.ts";

export const LINK_SCHEME = "unideck";

/** What is to be opened. A link comes from anywhere, so what it asks for is confirmed first. */
export type Opening =
  | { kind: "file"; path: string }
  | { kind: "run-image"; image: string }
  | { kind: "show-instance"; id: string };

/** A start that hands over more opens the first of them. */
export const MOST_OPENINGS = 20;

/** Names of images and ids of instances, as links may have them. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** The application's own words of a command line: without the program, and without the folder where one was named. */
export function ownWords(argv: readonly string[], isDefaultApp: boolean): string[] {
  const words = argv.slice(1).filter((word) => !word.startsWith("-"));
  return isDefaultApp ? words.slice(1) : words;
}

/** What these words ask for. What is neither a file nor a link of ours is left out. */
export function readOpenings(words: readonly string[], folder: string): Opening[] {
  return words.slice(0, MOST_OPENINGS).flatMap((word) => {
    if (!/^[a-z][a-z0-9+.-]+:/i.test(word)) return word === "" || word.includes("\0") ? [] : [fileAt(word, folder)];
    const url = parseUrl(word);
    if (url?.protocol === "file:" && url.host === "") return [{ kind: "file" as const, path: fileURLToPath(url) }];
    return readLink(word) ?? [];
  });
}

const fileAt = (word: string, folder: string): Opening => ({
  kind: "file",
  path: isAbsolute(word) ? word : join(folder, word),
});

/** `unideck://run/IMAGE` and `unideck://instance/ID`, letter by letter: nothing is decoded or resolved. */
function readLink(word: string): Opening | undefined {
  const [, what, name = ""] = /^unideck:\/\/(run|instance)\/([^/]+)\/?$/.exec(word) ?? [];
  if (!NAME.test(name)) return undefined;
  return what === "run" ? { kind: "run-image", image: name } : { kind: "show-instance", id: name };
}

/** What a person is asked before a link acts; a file is opened on a sheet, which is a question itself. */
export function questionOf(opening: Opening): { message: string; detail: string; yes: string } | undefined {
  const detail = "A link outside Unideck asked for this.";
  switch (opening.kind) {
    case "file":
      return undefined;
    case "run-image":
      return { message: `Run the image ${opening.image}?`, detail, yes: "Run" };
    case "show-instance":
      return { message: `Show the instance ${opening.id}?`, detail, yes: "Show" };
    default:
      return opening satisfies never;
  }
}
