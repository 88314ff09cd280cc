import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toText } from "../formats/tfs/value.ts";
import { readProgram } from "../programs/program.ts";
import { findCommonFiles, HOST_CERTIFICATES } from "./common-files.ts";
import { temporaryFolder, tiny } from "./testing.ts";

const CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt";
const DNS_MODULE = "/lib/x86_64-linux-gnu/libnss_dns.so.2";

const plain = { libraries: [], converts: false };
const ssl = { name: "libssl.so.3", found: true, neededBy: [], searched: [] };

/** What goes into an image: guest path to host path. */
async function find(opsHome: string, resolved: Parameters<typeof findCommonFiles>[1], hosts: readonly string[]) {
  const { files, notes } = await findCommonFiles(await readProgram(tiny), resolved, opsHome, hosts);
  return { files: Object.fromEntries(files.map(({ guest, file }) => [guest, toText(file.path)])), notes };
}

test("what OPS keeps for all goes into every image, whatever the program uses", async () => {
  using home = temporaryFolder();
  mkdirSync(join(home.path, "common"));
  for (const name of ["ca-certificates.crt", "libnss_dns.so.2"]) writeFileSync(join(home.path, "common", name), name);

  expect(await find(home.path, plain, HOST_CERTIFICATES)).toEqual({
    files: {
      [CERTIFICATES]: join(home.path, "common/ca-certificates.crt"),
      [DNS_MODULE]: join(home.path, "common/libnss_dns.so.2"),
    },
    notes: [],
  });
});

test("without that, a program that uses TLS gets the host's certificates, from wherever its distribution has them", async () => {
  using home = temporaryFolder();
  const bundle = join(home.path, "ca-bundle.crt");
  writeFileSync(bundle, "certificates");
  const hosts = [join(home.path, "none.crt"), home.path, bundle];

  const found = await find(join(home.path, ".ops"), { ...plain, libraries: [ssl] }, hosts);

  expect(found).toEqual({ files: { [CERTIFICATES]: bundle }, notes: [] });
});

test("a program that does not use TLS gets none from the host, and nobody is told of what it does not miss", async () => {
  using home = temporaryFolder();
  const bundle = join(home.path, "ca-bundle.crt");
  writeFileSync(bundle, "certificates");

  expect(await find(join(home.path, ".ops"), plain, [bundle])).toEqual({ files: {}, notes: [] });
});

test("a program that uses TLS on a machine without certificates is warned of", async () => {
  using home = temporaryFolder();

  const found = await find(join(home.path, ".ops"), { ...plain, libraries: [ssl] }, [join(home.path, "none.crt")]);

  expect(found).toEqual({ files: {}, notes: [expect.stringContaining("No CA certificates found")] });
});
