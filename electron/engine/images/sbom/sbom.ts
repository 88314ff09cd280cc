/**
 * What an image is made of, as a software bill of materials (CycloneDX 1.6, in JSON): its kernel, its program with the Go
 * modules in it, and its libraries with the packages that they came with.
 *
 * A library in an image does not say which package it is from. Where this machine has the same file in the same place, to
 * the byte, its package manager knows. What nobody knows is listed with its digest alone.
 */

import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { BuildRecord } from "../../../../shared/contract/images.ts";
import { ELF_MAGIC, ElfDamage } from "../../../../shared/elf.ts";
import { type ByteSource, fileSource } from "../../formats/byte-source.ts";
import { type GoBuildInfo, readGoBuildInfo } from "../../formats/elf/go-modules.ts";
import { readTables } from "../../formats/elf/header.ts";
import { toText } from "../../formats/tfs/value.ts";
import { contentsOf, type TfsVolume, walkTree } from "../../formats/tfs/volume.ts";
import { canBeHeld, digestOf, findProgram, readDetails } from "../contents/details.ts";
import { showPath } from "../contents/guest-path.ts";
import { type OpenImage, openFileSystem } from "../contents/open-image.ts";
import { type Distribution, findPackages, type Package, type PackagesByPath, readDistribution } from "./packages.ts";

export interface SbomFacts {
  /** The image's name. */
  name: string;
  /** Of Unideck. */
  version: string;
  build?: BuildRecord | undefined;
}

/** A part of CycloneDX; only what we write. */
export interface Component {
  type: "application" | "container" | "library" | "operating-system";
  "bom-ref": string;
  name: string;
  version?: string;
  purl?: string;
  hashes?: { alg: "SHA-256"; content: string }[];
  evidence?: { occurrences: { location: string }[] };
}

export interface Sbom {
  $schema: string;
  bomFormat: "CycloneDX";
  specVersion: "1.6";
  version: 1;
  metadata: { component: Component; tools: { components: { type: "application"; name: string; version: string }[] } };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

interface Library {
  /** As text; where it is in the image. */
  path: string;
  sha256: string;
  /** The same file on the host. */
  hostPath: string | undefined;
}

const LIBRARY_NAME = /\.so(\.[^/]*)?$/;
const MAX_LIBRARIES = 5000;

/** Throws TfsDamage and what opening throws. */
export async function makeSbom(image: OpenImage, { name, version, build }: SbomFacts): Promise<Sbom> {
  const details = await readDetails(image);
  const root = await openFileSystem(image, "root");
  const kernel = details.kernel && kernelComponent(details.kernel);
  const libraries = await findLibraries(root);
  const programOnHost = details.program && (await findOnHost(details.program, build?.program.path));
  const packages = await findPackages(
    [...libraries, { hostPath: programOnHost }].flatMap(({ hostPath }) => hostPath ?? []),
  );
  const distribution = packages.size > 0 ? await readDistribution() : undefined;
  const program = details.program && programComponent(details.program, packages.get(programOnHost ?? ""), distribution);
  const packaged = packageComponents(libraries, packages, distribution);
  const modules = moduleComponents(await goBuildInfoOf(root));
  const whole: Component = { type: "container", "bom-ref": "image", name };
  const parts = [...(kernel ? [kernel] : []), ...(program ? [program] : [])];
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: whole, tools: { components: [{ type: "application", name: "unideck", version }] } },
    components: [...parts, ...packaged, ...modules],
    dependencies: [
      { ref: whole["bom-ref"], dependsOn: parts.map(refOf) },
      ...(program ? [{ ref: program["bom-ref"], dependsOn: [...packaged, ...modules].map(refOf) }] : []),
    ],
  };
}

const refOf = (component: Component) => component["bom-ref"];
const sha256 = (content: string) => ({ alg: "SHA-256" as const, content });
const baseName = (path: string) => path.replace(/.*\//, "");

function occurring(component: Component, paths: string[]): Component {
  return { ...component, evidence: { occurrences: paths.sort().map((location) => ({ location })) } };
}

function kernelComponent({
  kind,
  version,
  sha256: digest,
}: {
  kind: string;
  version?: string;
  sha256: string;
}): Component {
  return {
    type: "operating-system",
    "bom-ref": "kernel",
    name: kind === "unknown" ? "kernel" : kind,
    ...(version !== undefined && { version }),
    hashes: [sha256(digest)],
  };
}

function programComponent(
  { path, sha256: digest }: { path: string; sha256: string },
  owner: Package | undefined,
  distribution: Distribution | undefined,
): Component {
  const component: Component = { type: "application", "bom-ref": "program", name: baseName(path) };
  const known = owner && { version: owner.version, purl: packageUrl(owner, distribution) };
  return { ...occurring({ ...component, ...known }, [path]), hashes: [sha256(digest)] };
}

/** The file of the host that the program is, to the byte: the one it was built from, or one in the same place. */
async function findOnHost(
  { path, sizeBytes, sha256: digest }: { path: string; sizeBytes: number; sha256: string },
  builtFrom = path,
): Promise<string | undefined> {
  return (await digestOnHost(builtFrom, sizeBytes)) === digest ? builtFrom : undefined;
}

/** Shared libraries of the image, by path; a link to one is not another one. */
async function findLibraries(root: TfsVolume): Promise<Library[]> {
  const libraries: Library[] = [];
  for (const { path, node } of walkTree(root)) {
    if (!LIBRARY_NAME.test(path) || libraries.length >= MAX_LIBRARIES || !canBeHeld(root, node)) continue;
    const contents = contentsOf(root, node);
    if ((await contents.read(0, ELF_MAGIC.length)).toString("latin1") !== ELF_MAGIC) continue;
    const digest = await digestOf(contents);
    const isHere = (await digestOnHost(toText(path), contents.sizeBytes)) === digest;
    libraries.push({ path: showPath(path), sha256: digest, hostPath: isHere ? toText(path) : undefined });
  }
  return libraries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The digest of a file of the host that has that size; undefined where there is none. */
async function digestOnHost(path: string, sizeBytes: number): Promise<string | undefined> {
  try {
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await file.stat();
    return facts.isFile() && facts.size === sizeBytes ? await digestOf(fileSource(file, facts.size)) : undefined;
  } catch {
    return undefined;
  }
}

/** A component for each package, with where its files are, and one for each library that has none. */
function packageComponents(
  libraries: Library[],
  packages: PackagesByPath,
  distribution: Distribution | undefined,
): Component[] {
  const paths = new Map<string, { owner: Package; locations: string[] }>();
  const alone: Component[] = [];
  for (const { path, hostPath, sha256: digest } of libraries) {
    const owner = hostPath === undefined ? undefined : packages.get(hostPath);
    if (owner) {
      const purl = packageUrl(owner, distribution);
      const known = paths.get(purl) ?? { owner, locations: [] };
      paths.set(purl, { owner, locations: [...known.locations, path] });
    } else {
      const component: Component = { type: "library", "bom-ref": `file:${path}`, name: baseName(path) };
      alone.push({ ...occurring(component, [path]), hashes: [sha256(digest)] });
    }
  }
  const packaged = [...paths].map(([purl, { owner, locations }]) =>
    occurring({ type: "library", "bom-ref": purl, name: owner.name, version: owner.version, purl }, locations),
  );
  return [...packaged.sort((a, b) => (a.name < b.name ? -1 : 1)), ...alone];
}

/** `pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12` (package-url/purl-spec). */
export function packageUrl(
  { type, name, version, architecture }: Package,
  distribution: Distribution | undefined,
): string {
  const qualifiers = [
    ...(architecture ? [`arch=${encodeURIComponent(architecture)}`] : []),
    ...(distribution ? [`distro=${encodeURIComponent(distribution.release)}`] : []),
  ];
  const vendor = distribution ? `${encodeURIComponent(distribution.name)}/` : "";
  const query = qualifiers.length > 0 ? `?${qualifiers.join("&")}` : "";
  return `pkg:${type}/${vendor}${encodeURIComponent(name)}@${encodeURIComponent(version)}${query}`;
}

async function goBuildInfoOf(root: TfsVolume): Promise<GoBuildInfo | undefined> {
  const program = findProgram(root);
  if (!program || !canBeHeld(root, program.node)) return undefined;
  const source: ByteSource = contentsOf(root, program.node);
  try {
    if ((await source.read(0, ELF_MAGIC.length)).toString("latin1") !== ELF_MAGIC) return undefined;
    return await readGoBuildInfo(source, (await readTables(source)).sections);
  } catch (error) {
    if (error instanceof ElfDamage) return undefined;
    throw error;
  }
}

function moduleComponents(info: GoBuildInfo | undefined): Component[] {
  if (!info) return [];
  const standard = { path: "stdlib", version: info.version.replace(/^go/, "").replace(/ .*/, "") };
  return [...(info.main ? [info.main] : []), ...info.dependencies, standard].map(({ path, version }) => {
    const segments = path.split("/").map(encodeURIComponent).join("/");
    const isRelease = version !== "" && version !== "(devel)";
    const purl = `pkg:golang/${segments}${isRelease ? `@${encodeURIComponent(version)}` : ""}`;
    return { type: "library", "bom-ref": purl, name: path, ...(isRelease && { version }), purl };
  });
}
