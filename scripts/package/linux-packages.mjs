// What a deb and an rpm say about themselves: the control file and the spec. Pure.

import { INSTALLED } from "./linux-tree.mjs";

/**
 * @typedef {object} Description
 * @property {string} version
 * @property {string} description
 * @property {string} homepage
 * @property {string} author name and address, as in package.json
 * @property {string} license
 * @property {import("./targets.mjs").Arch} arch
 */

/** The libraries that Electron is linked with, by Debian's names; t64 are those of 2024 and newer. */
const debLibraries = [
  "libasound2 | libasound2t64",
  "libatk-bridge2.0-0 | libatk-bridge2.0-0t64",
  "libatk1.0-0 | libatk1.0-0t64",
  "libatspi2.0-0 | libatspi2.0-0t64",
  "libc6 (>= 2.28)",
  "libcairo2",
  "libcups2 | libcups2t64",
  "libdbus-1-3",
  "libdrm2",
  "libexpat1",
  "libgbm1",
  "libgcc-s1",
  "libglib2.0-0 | libglib2.0-0t64",
  "libgtk-3-0 | libgtk-3-0t64",
  "libnspr4",
  "libnss3",
  "libpango-1.0-0",
  "libudev1",
  "libx11-6",
  "libxcb1",
  "libxcomposite1",
  "libxdamage1",
  "libxext6",
  "libxfixes3",
  "libxkbcommon0",
  "libxrandr2",
];

/** The same by file, which Fedora and openSUSE both know: their packages have other names. */
const rpmLibraries = [
  "libasound.so.2",
  "libatk-1.0.so.0",
  "libatk-bridge-2.0.so.0",
  "libatspi.so.0",
  "libcairo.so.2",
  "libcups.so.2",
  "libdbus-1.so.3",
  "libdrm.so.2",
  "libexpat.so.1",
  "libgbm.so.1",
  "libglib-2.0.so.0",
  "libgtk-3.so.0",
  "libnspr4.so",
  "libnss3.so",
  "libpango-1.0.so.0",
  "libudev.so.1",
  "libX11.so.6",
  "libxcb.so.1",
  "libXcomposite.so.1",
  "libXdamage.so.1",
  "libXext.so.6",
  "libXfixes.so.3",
  "libxkbcommon.so.0",
  "libXrandr.so.2",
];

export const debArch = { x64: "amd64", arm64: "arm64" };
export const rpmArch = { x64: "x86_64", arm64: "aarch64" };

const LONG = [
  "Unideck builds a bootable disk image of a Linux program and a unikernel kernel,",
  "starts it in a virtual machine under QEMU and shows its console.",
];

/** @param {Description} about @param {number} installedKiB */
export function debControl({ version, description, homepage, author, arch }, installedKiB) {
  return [
    "Package: unideck",
    `Version: ${version}`,
    `Architecture: ${debArch[arch]}`,
    `Maintainer: ${author}`,
    `Installed-Size: ${installedKiB}`,
    "Section: devel",
    "Priority: optional",
    `Homepage: ${homepage}`,
    `Depends: qemu-system-x86, ${debLibraries.join(", ")}`,
    "Recommends: qemu-utils, xdg-utils, libnotify4",
    `Description: ${description}`,
    ...LONG.map((line) => ` ${line}`),
    "",
  ].join("\n");
}

/**
 * `tree` is packed as it lies there. Fast ones are compressed by gzip, others by zstd.
 * @param {Description} about
 * @param {{ tree: string, fast: boolean }} options
 */
export function rpmSpec({ version, description, homepage, author, license, arch }, { tree, fast }) {
  const bits = arch === "x64" || arch === "arm64" ? "()(64bit)" : "";
  return [
    // The files are finished: nothing is stripped, indexed or searched for dependencies.
    "%global __os_install_post %{nil}",
    "%global debug_package %{nil}",
    "%global _build_id_links none",
    `%global _binary_payload ${fast ? "w1.gzdio" : "w19.zstdio"}`,
    "Name: unideck",
    // A hyphen, as of a pre-release, is not allowed in it.
    `Version: ${version.replaceAll("-", "~")}`,
    "Release: 1",
    `Summary: ${description}`,
    `License: ${license}`,
    `URL: ${homepage}`,
    `Packager: ${author}`,
    "AutoReqProv: no",
    // Fedora and openSUSE have another name each for it.
    "Requires: (qemu-system-x86 or qemu-x86)",
    ...rpmLibraries.map((library) => `Requires: ${library}${bits}`),
    "Recommends: (qemu-img or qemu-tools)",
    "Recommends: xdg-utils",
    "%description",
    ...LONG,
    "%install",
    "mkdir -p %{buildroot}",
    `cp -a --reflink=auto '${tree}/.' %{buildroot}`,
    "%files",
    "%defattr(-,root,root,-)",
    `%dir /${INSTALLED}`,
    `/${INSTALLED}/*`,
    "/usr/bin/unideck",
    "/usr/bin/unideck-desktop",
    "/usr/share/applications/unideck.desktop",
    "/usr/share/mime/packages/unideck.xml",
    "/usr/share/metainfo/*.metainfo.xml",
    "/usr/share/icons/hicolor/*/apps/unideck.*",
    "/usr/share/doc/unideck",
    "",
  ].join("\n");
}
