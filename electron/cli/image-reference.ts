/** How an image is named on the command line: by its name, or by the path of a file, which has a slash or a leading dot. */

import { resolve } from "node:path";

/** What the engine understands: it may run in another folder. */
export function imageReference(text: string): string {
  return text.includes("/") || text.startsWith(".") ? resolve(text) : text;
}
