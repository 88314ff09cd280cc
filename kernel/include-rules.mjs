// Which folder of the kernel may include which: the table, and what breaks it. And who may name registers of a processor.
//
//     node kernel/include-rules.mjs     prints what breaks it; ends with 1 if anything does
//
// The door to the processor is `arch/NAME.h`: headers in arch/ARCHITECTURE/include/arch, which every architecture has.
// Nothing outside of an architecture's folder names that folder.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const DOOR = "door";
/** What each folder may include besides itself; files at the top put everything together. @type {Readonly<Record<string, readonly string[]>>} */
export const allowed = {
  lib: ["lib"],
  door: ["lib", DOOR],
  boot: ["lib", DOOR],
  mem: ["lib", DOOR],
  arch: ["lib", DOOR, "boot", "mem"],
  sched: ["lib", DOOR, "mem"],
  dev: ["lib", DOOR, "boot", "mem", "sched"],
  fs: ["lib", DOOR, "mem", "sched", "dev"],
  vm: ["lib", DOOR, "mem", "sched", "dev", "fs"],
  proc: ["lib", DOOR, "mem", "sched", "dev", "fs", "vm"],
  net: ["lib", DOOR, "mem", "sched", "dev", "fs", "proc"],
  sys: ["lib", DOOR, "mem", "sched", "dev", "fs", "vm", "proc", "net"],
  vdso: [DOOR],
};

/**
 * Each include that the table does not allow, as a sentence.
 * @param {ReadonlyMap<string, string>} files by their paths from the kernel's folder
 */
export function findForbiddenIncludes(files) {
  /** @type {string[]} */
  const found = [];
  for (const [file, text] of files) {
    const home = folderOf(file);
    for (const [, path = ""] of text.matchAll(/^\s*#\s*include "([^"]+)"/gm)) {
      if (!path.includes("/")) continue;
      const to = path.startsWith("arch/") && path.split("/").length === 2 ? DOOR : folderOf(path);
      const may = home === undefined ? to !== "arch" : to === home || (allowed[home] ?? []).includes(to ?? path);
      if (!may) found.push(`${file} includes ${path}`);
    }
  }
  return found;
}

/** Registers of x86-64 as members of a structure, in code: `frame->rip`, `.rax = 0`. */
const REGISTER = /(?:->|\.)(?:[re](?:[abcd]x|[sd]i|[bs]p|ip|flags)|r(?:[89]|1[0-5])|cr[0-4])\b/;

/**
 * Each file outside of the architecture's folders that names a register, as a sentence: accessors of arch/frame.h do it.
 * @param {ReadonlyMap<string, string>} files by their paths from the kernel's folder
 */
export function findRegisters(files) {
  /** @type {string[]} */
  const found = [];
  for (const [file, text] of files) {
    const name = file.startsWith("arch/") ? undefined : REGISTER.exec(text)?.[0];
    if (name !== undefined) found.push(`${file} names the register ${name.replace(/^\W+/, "")}`);
  }
  return found;
}

/** The layer that a file belongs to; undefined for those at the top. @param {string} file */
function folderOf(file) {
  if (/^arch\/[^/]+\/include\//.test(file)) return DOOR;
  return file.includes("/") ? file.split("/")[0] : undefined;
}

/** The kernel's sources, without its tests and the boot sectors, which are programs of their own. @returns {Map<string, string>} */
export function readSources() {
  const root = fileURLToPath(new URL(".", import.meta.url));
  const folders = Object.keys(allowed).filter((folder) => folder !== DOOR);
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
  );
  const sources = files.filter((file) => /\.[chS]$/.test(file) && !file.startsWith("boot/disk/"));
  const top = readdirSync(root).filter((file) => /\.[ch]$/.test(file));
  return new Map([...sources, ...top].map((file) => [file, readFileSync(join(root, file), "utf8")]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sources = readSources();
  const found = [...findForbiddenIncludes(sources), ...findRegisters(sources)];
  for (const sentence of found) process.stderr.write(`${sentence}\n`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
