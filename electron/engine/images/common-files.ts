/**
 * Files that many programs open without naming them in any header: CA certificates, glibc's module for DNS, modules that
 * convert characters. OPS keeps the first two in its “common” folder and adds them to every image; without that folder
 * they come from the host, for programs that use them.
 */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { type HostFile, hostFileOf } from "../formats/tfs/tree.ts";
import { toBytes } from "../formats/tfs/value.ts";
import type { Resolved } from "../programs/libraries.ts";
import type { ElfProgram } from "../programs/program.ts";

const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const DNS_MODULE = "/lib/x86_64-linux-gnu/libnss_dns.so.2";

/** Where distributions keep their bundle of certificates. */
export const HOST_CERTIFICATES: readonly string[] = [
  CERTIFICATES,
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/etc/openssl@3/cert.pem",
  "/opt/homebrew/etc/openssl@3/cert.pem",
];
const TLS_LIBRARIES = /^lib(ssl|gnutls|curl|mbedtls|nss3)\b/;

/** Modules with which glibc converts characters: it looks for them at this very place. */
const conversionFolders = ["/usr/lib/x86_64-linux-gnu/gconv", "/usr/lib64/gconv"];

export interface CommonFiles {
  files: { guest: string; file: HostFile }[];
  /** What is missing and may be missed. */
  notes: string[];
}

export async function findCommonFiles(
  program: ElfProgram,
  { libraries, converts }: Resolved,
  opsHome: string,
  hostCertificates: readonly string[] = HOST_CERTIFICATES,
): Promise<CommonFiles> {
  const common = join(opsHome, "common");
  const usesTls = program.usesTls || libraries.some(({ name }) => TLS_LIBRARIES.test(name));
  const found: CommonFiles = { files: [], notes: [] };

  const add = async (guest: string, hosts: string[]): Promise<boolean> => {
    for (const host of hosts) {
      const facts = await stat(host).catch(() => undefined);
      if (!facts?.isFile()) continue;
      found.files.push({ guest, file: hostFileOf(toBytes(host), facts, true) });
      return true;
    }
    return false;
  };
  const certificates = [join(common, "ca-certificates.crt"), ...(usesTls ? hostCertificates : [])];
  if (!(await add(CERTIFICATES, certificates)) && usesTls)
    found.notes.push("No CA certificates found on the host: the program cannot verify TLS servers");
  // For a program that is seen to look up names, the module of its own C library is among its libraries.
  await add(DNS_MODULE, [join(common, "libnss_dns.so.2")]);
  for (const folder of converts ? conversionFolders : [])
    for (const name of await readdir(folder).catch(() => [])) await add(join(folder, name), [join(folder, name)]);
  return found;
}
