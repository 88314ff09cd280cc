/** Which releases there are to be had, as far as the release site tells: it names its newest version and has a nightly. */

import type { KernelCatalogue } from "../../../shared/contract/kernels.ts";
import { Problem } from "../../../shared/problem.ts";
import { fetchText } from "../downloads/fetch-text.ts";
import { newestFirst, parseReleaseId } from "./release-id.ts";
import type { ReleaseRecords } from "./release-records.ts";
import type { KernelReleases } from "./releases.ts";

const NIGHTLY = "nightly";
export const MAX_LATEST_BYTES = 1024;
const ANSWER_MS = 10_000;

/** The newest version there is. Throws download.*. */
export async function fetchNewest(
  address: string,
  signal: AbortSignal = AbortSignal.timeout(ANSWER_MS),
): Promise<string> {
  const url = new URL("latest.txt", address.replace(/\/*$/, "/")).href;
  const version = (await fetchText(url, MAX_LATEST_BYTES, signal)).trim();
  if (parseReleaseId(version)?.isNightly === false) return version;
  throw new Problem("download.failed", `${url} does not name a version`, {
    hint: "Check the address in the settings.",
  });
}

/** What may be downloaded. Without a network that is told, beside the versions that are known from before. */
export async function readCatalogue(
  address: string,
  kernels: Pick<KernelReleases, "list">,
  records: Pick<ReleaseRecords, "read">,
): Promise<KernelCatalogue> {
  const [newest, installed, { downloads }] = await Promise.all([
    fetchNewest(address).catch((error: unknown) => {
      if (error instanceof Problem) return error;
      throw error;
    }),
    kernels.list(),
    records.read(),
  ]);
  const problem = newest instanceof Problem ? newest.report() : undefined;
  const known = new Set([NIGHTLY, ...Object.keys(downloads), ...(newest instanceof Problem ? [] : [newest])]);
  return {
    address,
    problem,
    releases: [...known].sort(newestFirst).map((id) => ({
      id,
      isNewest: id === newest,
      isInstalled: installed.some((release) => release.id === id),
      sha256: downloads[id]?.sha256,
    })),
  };
}
