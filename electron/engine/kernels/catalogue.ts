/** Which releases there are to be had, as far as the release site tells: it names its newest version and has a nightly. */

import type { KernelCatalogue } from "../../../shared/contract/kernels.ts";
import { Problem } from "../../../shared/problem.ts";
import { Interrupted, openTransfer } from "../downloads/transfer.ts";
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
  try {
    const transfer = await openTransfer({ url, haveBytes: 0, validator: undefined, signal, stallMs: ANSWER_MS });
    let text = "";
    for await (const piece of transfer.pieces) {
      text += Buffer.from(piece).toString("latin1");
      if (text.length > MAX_LATEST_BYTES) break;
    }
    const version = text.trim();
    if (parseReleaseId(version)?.isNightly === false) return version;
    throw new Problem("download.failed", `${url} does not name a version`, {
      hint: "Check the address in the settings.",
    });
  } catch (error) {
    if (error instanceof Interrupted) throw error.problem;
    if (!signal.aborted) throw error;
    throw new Problem("download.unreachable", `${new URL(url).host} does not answer`, {
      hint: "Try again later, or check the address in the settings.",
      cause: error,
    });
  }
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
