/**
 * Writing to a place that a person named: `--out`, `capture save`, copies out of an image. Only regular files and new
 * names are written. A rename would replace a device, a pipe or a socket as readily as a file, as root even `/dev/null`.
 */

import { type FileHandle, lstat, realpath, stat } from "node:fs/promises";
import { Problem } from "../../../shared/problem.ts";
import { replaceFile, systemErrorCode } from "./atomic-file.ts";
import { refuseSpecial } from "./open-regular.ts";

/** What to do about a place that is taken by something else. */
export const nameAnother = "Name a regular file, or a name that is not taken.";

interface ChosenOptions {
  /** Of a new file, less the umask. One that is replaced keeps its own. */
  mode?: number;
  /** Throw file.exists where there is a file already. */
  mustBeNew?: boolean;
}

/**
 * Lets `write` fill a temporary file beside `path`, then puts it there. A link to a regular file stays a link: the file that
 * it leads to is replaced. Throws file.is-directory, file.unsupported for what is no regular file, file.exists, disk.*.
 */
export async function writeChosenFile<T>(
  path: string,
  write: (file: FileHandle) => Promise<T>,
  { mode = 0o666, mustBeNew = false }: ChosenOptions = {},
): Promise<T> {
  const there = await lookAt(path);
  if (mustBeNew && there) throw existsProblem(path);
  const target = there?.target ?? path;
  return await replaceFile(
    target,
    async (file) => {
      if (there) await file.chmod(there.mode);
      const result = await write(file);
      // Writing may have taken minutes: what came here meanwhile is not replaced either.
      await file.sync();
      await lookAt(target);
      return result;
    },
    { mode, folderMode: 0o777, mustBeNew },
  );
}

/** What would be replaced at `path`; undefined where the name is new. Throws file.is-directory, file.unsupported. */
async function lookAt(path: string): Promise<{ target: string; mode: number } | undefined> {
  const facts = await lstat(path).catch(() => undefined);
  if (!facts) return undefined;
  const target = facts.isSymbolicLink() ? await followLink(path) : path;
  const { mode } = refuseSpecial(path, target === path ? facts : await stat(target), nameAnother);
  return { target, mode: mode & 0o777 };
}

async function followLink(path: string): Promise<string> {
  return await realpath(path).catch((error: unknown) => {
    throw new Problem("file.unsupported", `${path} is a link that cannot be followed (${systemErrorCode(error)})`, {
      hint: "Name the file itself, or delete the link.",
      cause: error,
    });
  });
}

function existsProblem(path: string): Problem {
  return new Problem("file.exists", `There is already a file ${path}`, { hint: "Choose another name, or delete it." });
}
