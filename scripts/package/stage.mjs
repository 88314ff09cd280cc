// What electron-builder packs: the built application with a package.json of its own, icons and notices, in build/package.

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../setup/places.mjs";
import { drawIcons } from "./icons.mjs";
import { collectNotices, formatNotices } from "./notices.mjs";

export const stage = join(root, "build", "package");
/** The desktop file's name, by which a desktop knows whose window it sees. */
export const DESKTOP_FILE = "unideck.desktop";

/** Lays it out anew. */
export function layOut() {
  rmSync(stage, { recursive: true, force: true });
  const app = join(stage, "app");
  for (const part of ["main", "preload", "renderer"])
    cpSync(join(root, "out", part), join(app, "out", part), {
      recursive: true,
      filter: (path) => !path.endsWith(".map"),
    });
  const { name, version, description, homepage, author, license, main } = readPackage();
  const content = { name, version, description, homepage, author, license, main, desktopName: DESKTOP_FILE };
  writeFileSync(join(app, "package.json"), `${JSON.stringify(content, null, 2)}\n`);
  drawIcons(join(root, "packaging", "icon.svg"), stage);
  mkdirSync(stage, { recursive: true });
  writeFileSync(join(stage, "THIRD-PARTY-NOTICES.txt"), formatNotices(collectNotices(root)));
}

export function readPackage() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
}
