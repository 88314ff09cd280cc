/** The modules that a Go program was built from, as its linker has written them into it (Go's debug/buildinfo). */

import type { ByteSource } from "../byte-source.ts";
import { readSection, type Section } from "./header.ts";

/** `.go.buildinfo`: magic, pointer size, flags; from Go 1.18 on the strings stand inline, behind 32 bytes. */
const BUILD_INFO_MAGIC = "\xff Go buildinf:";
const FLAGS_OFFSET = 15;
const FLAG_INLINE = 2;
const STRINGS_OFFSET = 32;
/** Programs of hundreds of modules stay far below. */
const MAX_BUILD_INFO_BYTES = 1 << 20;
/** The text of the modules stands between two marks of this length. */
const MARK_BYTES = 16;

export interface GoModule {
  path: string;
  /** `v1.2.3`, or `(devel)` for one that was built from a folder. */
  version: string;
}

export interface GoBuildInfo {
  /** `go1.26.1`. */
  version: string;
  /** The module of the program, where it was built as one. */
  main: GoModule | undefined;
  dependencies: GoModule[];
}

/** Undefined for a program that is not written in Go, or was by a Go older than 1.18. */
export async function readGoBuildInfo(
  source: ByteSource,
  sections: readonly Section[],
): Promise<GoBuildInfo | undefined> {
  const section = sections.find(({ name }) => name === ".go.buildinfo");
  if (!section) return undefined;
  const bytes = await readSection(source, section, MAX_BUILD_INFO_BYTES);
  if (bytes.toString("latin1", 0, BUILD_INFO_MAGIC.length) !== BUILD_INFO_MAGIC) return undefined;
  if (((bytes[FLAGS_OFFSET] ?? 0) & FLAG_INLINE) === 0) return undefined;
  const version = readString(bytes, STRINGS_OFFSET);
  if (!version || !/^[\w.+\- :]{2,127}$/.test(version.text)) return undefined;
  const modules = readString(bytes, version.end)?.text.slice(MARK_BYTES, -MARK_BYTES) ?? "";
  return { version: version.text, ...parseModules(modules) };
}

/** A string behind its length, a varint with the lowest group first. */
function readString(bytes: Buffer, at: number): { text: string; end: number } | undefined {
  let length = 0;
  let next = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[next++];
    if (byte === undefined || shift > 28) return undefined;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const end = next + length;
  // Latin-1, for marks are no UTF-8; module paths are ASCII.
  return end > bytes.length ? undefined : { text: bytes.toString("latin1", next, end), end };
}

/** Lines of `mod` and `dep`, with path and version; a line `=>` says what has taken the place of the one before it. */
function parseModules(text: string): Pick<GoBuildInfo, "main" | "dependencies"> {
  let main: GoModule | undefined;
  const dependencies: GoModule[] = [];
  for (const line of text.split("\n")) {
    const [kind, path = "", version = ""] = line.split("\t");
    if (path === "") continue;
    if (kind === "mod") main = { path, version };
    else if (kind === "dep") dependencies.push({ path, version });
    // A folder of the machine that built it says nothing to anybody else: then the module itself is named.
    else if (kind === "=>" && dependencies.length > 0 && !/^[./]/.test(path))
      dependencies[dependencies.length - 1] = { path, version };
  }
  return { main, dependencies };
}
