/** What a Go program says about itself: the version it was built with, and which packages are linked into it. */

import type { ByteSource } from "../byte-source.ts";
import { readSection, type Section } from "./header.ts";

/** Go's `.go.buildinfo`: magic, pointer size, flags; from Go 1.18 on the strings stand inline, behind 32 bytes. */
const BUILD_INFO_MAGIC = "\xff Go buildinf:";
const FLAGS_OFFSET = 15;
const FLAG_INLINE = 2;
const STRINGS_OFFSET = 32;
const MAX_BUILD_INFO_BYTES = 64 * 1024;
const MAX_FUNCTION_NAMES_BYTES = 64 << 20;

export interface GoFacts {
  /** `go1.26.1`. */
  version: string | undefined;
  startsProcesses: boolean;
  servesHttp: boolean;
  usesTls: boolean;
}

/** Undefined for a program that is not written in Go. */
export async function readGoFacts(source: ByteSource, sections: readonly Section[]): Promise<GoFacts | undefined> {
  const info = sections.find(({ name }) => name === ".go.buildinfo");
  // The table of function names stays in a program that was stripped.
  const functions = sections.find(({ name }) => name === ".gopclntab" || name === ".data.rel.ro.gopclntab");
  if (!info && !functions) return undefined;
  const names = functions ? await readSection(source, functions, MAX_FUNCTION_NAMES_BYTES) : Buffer.alloc(0);
  const has = (name: string) => names.includes(`\0${name}\0`, 0, "latin1");
  return {
    version: info && readVersion(await readSection(source, info, MAX_BUILD_INFO_BYTES)),
    startsProcesses: has("os/exec.(*Cmd).Start"),
    servesHttp: has("net/http.(*Server).Serve"),
    usesTls: has("crypto/tls.(*Conn).Handshake"),
  };
}

function readVersion(bytes: Buffer): string | undefined {
  if (bytes.toString("latin1", 0, BUILD_INFO_MAGIC.length) !== BUILD_INFO_MAGIC) return undefined;
  if (((bytes[FLAGS_OFFSET] ?? 0) & FLAG_INLINE) === 0) return undefined;
  // The length is a varint, lowest group first; a version fits the first byte.
  const length = bytes[STRINGS_OFFSET] ?? 0;
  const version = bytes.toString("utf8", STRINGS_OFFSET + 1, STRINGS_OFFSET + 1 + length);
  return /^[\w.+\- :]{2,127}$/.test(version) ? version : undefined;
}
