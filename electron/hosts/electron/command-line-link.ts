/** The command line of a package, made a command of the shell: in a folder of programs that belongs to the user. */

import { lstat, mkdir, readFile, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { Problem } from "../../../shared/problem.ts";
import { systemErrorCode } from "../../engine/lib/atomic-file.ts";

export interface Installed {
  /** Where the link is. */
  path: string;
  /** Whether shells find it there. */
  isInPath: boolean;
}

/** The second line of a script of ours. */
const MARK = "# Unideck's command line, in an AppImage.";

/**
 * Links `unideck` to `program`. The files of an AppImage are there only while it runs: of one, a script is written that starts
 * it as the command line (packaging/linux/appimage-launcher). What an Unideck has put there before is replaced. Throws file.exists for anything else of that name,
 * disk.write-failed where the folder cannot be written.
 */
export async function installCommandLine(
  program: string,
  {
    folder = join(homedir(), ".local", "bin"),
    searchPath = process.env.PATH ?? "",
    appImage = process.env.APPIMAGE,
  }: { folder?: string; searchPath?: string; appImage?: string | undefined } = {},
): Promise<Installed> {
  const path = join(folder, "unideck");
  if (!(await isFreeOrOurs(path)))
    throw new Problem("file.exists", `${path} is not a link to Unideck`, { hint: "Move it away, then try again." });
  try {
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    if (appImage) await writeFile(path, scriptFor(appImage), { mode: 0o755, flag: "wx" });
    else await symlink(program, path);
  } catch (error) {
    throw new Problem("disk.write-failed", `${path} cannot be created (${systemErrorCode(error)})`, {
      hint: `Create the link yourself: sudo ln -sf '${program}' /usr/local/bin/unideck`,
      cause: error,
    });
  }
  return { path, isInPath: searchPath.split(delimiter).includes(folder) };
}

async function isFreeOrOurs(path: string): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (!there) return true;
  if (there.isSymbolicLink()) return /\/bin\/unideck$/.test(await readlink(path));
  return there.isFile() && there.size < 10_000 && (await readFile(path, "utf8")).split("\n")[1] === MARK;
}

function scriptFor(appImage: string): string {
  const quoted = `'${appImage.replaceAll("'", "'\\''")}'`;
  return `#!/bin/sh\n${MARK}\nUNIDECK_COMMAND_LINE=1 exec ${quoted} "$@"\n`;
}
