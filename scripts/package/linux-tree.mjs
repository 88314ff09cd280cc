// The files of a Linux package, laid out below a folder as they are installed: deb and rpm pack this tree.

import {
  chmodSync,
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../setup/places.mjs";
import { LINUX_SIZES } from "./icons.mjs";
import { DESKTOP_FILE, stage } from "./stage.mjs";

export const INSTALLED = "opt/unideck";
const METAINFO = "example.unideck.Unideck.metainfo.xml";

/**
 * @param {string} application the folder that electron-builder made
 * @param {string} tree where to; must not exist
 * @param {{ version: string, date: string }} release
 */
export function layOutLinuxTree(application, tree, { version, date }) {
  const at = (/** @type {string} */ path) => {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    return join(tree, path);
  };
  const packaging = (/** @type {string} */ name) => join(root, "packaging", "linux", name);
  cpSync(application, at(INSTALLED), { recursive: true, verbatimSymlinks: true });
  symlinkSync("../../opt/unideck/resources/bin/unideck", at("usr/bin/unideck"));
  symlinkSync("../../opt/unideck/unideck-desktop", at("usr/bin/unideck-desktop"));
  copyFileSync(packaging("unideck.desktop"), at(`usr/share/applications/${DESKTOP_FILE}`));
  copyFileSync(packaging("unideck.xml"), at("usr/share/mime/packages/unideck.xml"));
  const metainfo = readFileSync(packaging(METAINFO), "utf8").replace("@VERSION@", version).replace("@DATE@", date);
  writeFileSync(at(`usr/share/metainfo/${METAINFO}`), metainfo);
  for (const size of LINUX_SIZES)
    copyFileSync(
      join(stage, "icons", `${size}x${size}.png`),
      at(`usr/share/icons/hicolor/${size}x${size}/apps/unideck.png`),
    );
  copyFileSync(join(root, "packaging", "icon.svg"), at("usr/share/icons/hicolor/scalable/apps/unideck.svg"));
  copyFileSync(packaging("copyright"), at("usr/share/doc/unideck/copyright"));

  setModes(tree);
  // Chromium's sandbox where the system lets nobody but root make a user namespace (Ubuntu from 24.04 on).
  chmodSync(join(tree, INSTALLED, "chrome-sandbox"), 0o4755);
}

/** Whatever the umask of who builds: everybody may read, and run what is a program. @param {string} folder */
function setModes(folder) {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) setModes(path);
    else if (entry.isFile()) chmodSync(path, lstatSync(path).mode & 0o100 ? 0o755 : 0o644);
  }
}
