// The application's icons, drawn from the one SVG: PNGs for Linux, and an .icns for macOS.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const LINUX_SIZES = [16, 24, 32, 48, 64, 128, 256, 512];

/** The sizes of an .icns that macOS reads as PNG, by their type. */
const icnsTypes = /** @type {const} */ ([
  ["ic11", 32],
  ["ic12", 64],
  ["ic07", 128],
  ["ic13", 256],
  ["ic08", 256],
  ["ic14", 512],
  ["ic09", 512],
  ["ic10", 1024],
]);

/**
 * Writes `icons/SIZExSIZE.png` and `icon.icns` into `folder`.
 * @param {string} svg
 * @param {string} folder
 */
export function drawIcons(svg, folder) {
  const pngs = join(folder, "icons");
  mkdirSync(pngs, { recursive: true });
  const draw = (/** @type {number} */ size) => {
    const path = join(pngs, `${size}x${size}.png`);
    execFileSync("rsvg-convert", ["--width", `${size}`, "--height", `${size}`, "--output", path, svg]);
    return path;
  };
  for (const size of LINUX_SIZES) draw(size);
  const entries = icnsTypes.map(([type, size]) => ({ type, png: readFileSync(draw(size)) }));
  writeFileSync(join(folder, "icon.icns"), icns(entries));
}

/**
 * An .icns: "icns" and its length, then each entry's type, length and bytes; lengths are big-endian and count themselves.
 * @param {{ type: string, png: Buffer }[]} entries
 */
export function icns(entries) {
  const chunk = (/** @type {string} */ type, /** @type {Buffer} */ bytes) => {
    const head = Buffer.alloc(8);
    head.write(type, "latin1");
    head.writeUInt32BE(8 + bytes.length, 4);
    return Buffer.concat([head, bytes]);
  };
  return chunk("icns", Buffer.concat(entries.map(({ type, png }) => chunk(type, png))));
}
