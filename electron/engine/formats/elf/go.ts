/** What a Go program says about itself: the version it was built with, and which packages are linked into it. */

import type { ByteSource } from "../byte-source.ts";
import { readGoBuildInfo } from "./go-modules.ts";
import { readSection, type Section } from "./header.ts";

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
    version: (await readGoBuildInfo(source, sections))?.version,
    startsProcesses: has("os/exec.(*Cmd).Start"),
    servesHttp: has("net/http.(*Server).Serve"),
    usesTls: has("crypto/tls.(*Conn).Handshake"),
  };
}
