/**
 * A page that leads a browser of this computer to the application. The link with its code would be seen by every
 * account in the opener's arguments; the path of a file that only this user can read may be seen.
 */

import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

/** Browsers that are confined, as by snap, can read the home but nothing hidden in it, and have a `/tmp` of their own. */
const folders = () => [homedir(), tmpdir()];

/** Writes the file, in the home or where that can't be written to in the folder for temporary files; gives its path. */
export async function writeOpenerFile(url: string): Promise<string> {
  const name = `unideck-open-${randomBytes(8).toString("hex")}.html`;
  let failure: unknown;
  for (const folder of folders()) {
    const path = join(folder, name);
    try {
      // A name that nobody can guess, and never a file that is there already.
      await writeFile(path, pageFor(url), { flag: "wx", mode: 0o600 });
      return path;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

export async function removeOpenerFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

function pageFor(url: string): string {
  return `<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url=${url}">
<title>Unideck</title>
<script>location.replace(${JSON.stringify(url)});</script>
<p>Opening Unideck …
`;
}
