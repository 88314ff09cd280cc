/** How releases are named: on the host, in the address of a download, in the name of an archive. Pure. */

import { compareNaturally } from "../lib/natural-order.ts";

export const BUNDLED_ID = "pith";

export interface ReleaseName {
  /** `0.1.54`, or `nightly`. */
  version: string;
  architecture: "x86-64" | "arm64";
  isNightly: boolean;
}

/** Releases for arm64 stand beside the others with this at the end of their folder's name (docs/formats.md, "OPS home"). */
const ARM_SUFFIX = "-arm";
/** The same in the name of an archive. */
const ARM_ARCHIVE_SUFFIX = "-virt";
const NIGHTLY = "nightly";
const VERSION = /^\d+(\.\d+)+(-[\w.]+)?$/;
const MAX_ID_LENGTH = 64;

/** What the id of a Nanos release says: `0.1.54`, `0.1.54-arm`, `nightly`; undefined for anything else. */
export function parseReleaseId(id: string): ReleaseName | undefined {
  const isArm = id.endsWith(ARM_SUFFIX);
  const version = isArm ? id.slice(0, -ARM_SUFFIX.length) : id;
  const isNightly = version === NIGHTLY;
  if (id.length > MAX_ID_LENGTH || (!isNightly && !VERSION.test(version))) return undefined;
  return { version, architecture: isArm ? "arm64" : "x86-64", isNightly };
}

/** The newest first; nightlies before all versions. */
export function newestFirst(a: string, b: string): number {
  return compareNaturally(b, a);
}

/** Where a release is downloaded from (docs/formats.md, "Where releases come from"). */
export function releaseUrl(
  address: string,
  { version, architecture, isNightly }: ReleaseName,
  platform: string,
): string {
  const system = platform === "darwin" ? "darwin" : "linux";
  const suffix = architecture === "arm64" ? ARM_ARCHIVE_SUFFIX : "";
  const file = isNightly
    ? `${NIGHTLY}/nanos-nightly-${system}${suffix}.tar.gz`
    : `${version}/nanos-release-${system}-${version}${suffix}.tar.gz`;
  return `${address.replace(/\/*$/, "/")}${file}`;
}

/** The release that an archive's name tells of: `nanos-release-linux-0.1.54-virt.tar.gz` is `0.1.54-arm`. */
export function releaseIdOfArchive(fileName: string): string | undefined {
  const name = fileName.replace(/(\.tar\.gz|\.tgz|\.tar)$/i, "");
  const version = /\d+(?:\.\d+)+/.exec(name)?.[0] ?? (name.includes(NIGHTLY) ? NIGHTLY : undefined);
  if (version === undefined) return undefined;
  return /-(virt|arm|arm64|aarch64)$/.test(name) ? `${version}${ARM_SUFFIX}` : version;
}
