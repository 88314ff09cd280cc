/** Starting the application when its user logs in: on Linux a file for the desktop (XDG autostart specification). */

import { rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "../../engine/lib/atomic-file.ts";

/** The word with which the application starts without its window. */
export const BACKGROUND = "--background";

export function autostartFile(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment.XDG_CONFIG_HOME;
  return join(configured?.startsWith("/") ? configured : join(homedir(), ".config"), "autostart", "unideck.desktop");
}

/** Writes the file, or removes it. `program`: the command and its first words. */
export async function setAutostart(isOn: boolean, program: readonly string[], file = autostartFile()): Promise<void> {
  if (!isOn) return rm(file, { force: true });
  const command = [...program, BACKGROUND].map(quoted).join(" ");
  const lines = ["[Desktop Entry]", "Type=Application", "Name=Unideck", "Icon=unideck", `Exec=${command}`];
  await writeFileAtomically(file, `${lines.join("\n")}\n`);
}

/** A word of `Exec` (Desktop Entry Specification, "The Exec key"): quoted, with the string's own escapes above that. */
function quoted(word: string): string {
  const inQuotes = word.replaceAll(/["`$\\]/g, "\\$&").replaceAll("%", "%%");
  return `"${inQuotes.replaceAll("\\", "\\\\")}"`;
}
