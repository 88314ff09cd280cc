/**
 * Files that many programs open without naming them in any header: CA certificates, and glibc's module for DNS. OPS keeps
 * them in its “common” folder and adds them to every image; without that folder they come from this machine, for programs
 * that use them.
 */

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ElfProgram } from "./elf/program.ts";
import type { ResolvedLibrary } from "./libraries.ts";
import { type HostFile, hostFileOf } from "./tfs/tree.ts";
import { toBytes } from "./tfs/value.ts";

const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const DNS_MODULE = "/lib/x86_64-linux-gnu/libnss_dns.so.2";

/** Where distributions keep their bundle of certificates. */
const hostCertificates = [
  CERTIFICATES,
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/etc/openssl@3/cert.pem",
  "/opt/homebrew/etc/openssl@3/cert.pem",
];
const TLS_LIBRARIES = /^lib(ssl|gnutls|curl|mbedtls|nss3)\b/;

export interface CommonFiles {
  files: { guest: string; file: HostFile }[];
  /** What is missing and may be missed. */
  notes: string[];
}

export async function findCommonFiles(
  program: ElfProgram,
  libraries: readonly ResolvedLibrary[],
  opsHome: string,
): Promise<CommonFiles> {
  const common = join(opsHome, "common");
  const usesTls = program.usesTls || libraries.some(({ name }) => TLS_LIBRARIES.test(name));
  const libc = libraries.find(({ name }) => name === "libc.so.6")?.hostPath;
  const found: CommonFiles = { files: [], notes: [] };

  const add = async (guest: string, hosts: string[], note: string | undefined) => {
    for (const host of hosts) {
      const facts = await stat(host).catch(() => undefined);
      if (facts?.isFile()) return found.files.push({ guest, file: hostFileOf(toBytes(host), facts, true) });
    }
    if (note) found.notes.push(note);
    return undefined;
  };
  await add(
    CERTIFICATES,
    [join(common, "ca-certificates.crt"), ...(usesTls ? hostCertificates : [])],
    usesTls ? "No CA certificates were found on this machine: the program can't check those of others" : undefined,
  );
  // The module belongs to one version of the C library: beside that, it is the right one.
  const usesDns = program.resolvesNames && libc !== undefined;
  await add(
    DNS_MODULE,
    [join(common, "libnss_dns.so.2"), ...(usesDns ? [join(dirname(libc), "libnss_dns.so.2")] : [])],
    usesDns ? "libnss_dns.so.2 was not found on this machine: the program may fail to look up names" : undefined,
  );
  return found;
}
