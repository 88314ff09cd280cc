/**
 * The captured packets of an instance: a pcap file for each card of its machine, written by QEMU. Which there are and how
 * large they have become; what is captured at this moment is QEMU's to say.
 */

import { readdirSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CapturePiece } from "../../../shared/contract/captures.ts";
import type { Capture } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { captureFile, type InstanceFiles } from "../hypervisors/instance-files.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { openRegular } from "../lib/open-regular.ts";

const LOOK_EVERY_MS = 500;
const PIECE_BYTES = 256 << 10;
const SUFFIX = ".pcap";

export type CaptureFiles = Capture["files"];

/** A new capture has no files of an earlier one beside it. */
export async function emptyCaptures({ captures }: Pick<InstanceFiles, "captures">): Promise<void> {
  await rm(captures, { recursive: true, force: true });
  await mkdir(captures, { mode: 0o700 });
}

/** What lies there, by card. */
export function listCaptures({ captures }: Pick<InstanceFiles, "captures">): CaptureFiles {
  try {
    const names = readdirSync(captures).filter((name) => name.endsWith(SUFFIX));
    return names.sort().map((name) => {
      const path = join(captures, name);
      return {
        card: name.slice(0, -SUFFIX.length),
        path,
        sizeBytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0,
      };
    });
  } catch (error) {
    // None yet, or none that we may read.
    if (systemErrorCode(error) === undefined) throw error;
    return [];
  }
}

/** Calls `grown` soon after files have grown, until the returned function is called. */
export function watchCaptures(files: Pick<InstanceFiles, "captures">, grown: (now: CaptureFiles) => void): () => void {
  let before = "";
  const look = () => {
    const now = listCaptures(files);
    const sizes = now.map(({ sizeBytes }) => sizeBytes).join();
    if (sizes !== before) grown(now);
    before = sizes;
  };
  const timer = setInterval(look, LOOK_EVERY_MS).unref();
  look();
  return () => clearInterval(timer);
}

/** A card's capture from `from` to the end that it has now. Throws capture.not-found. */
export async function* readCapture(
  files: Pick<InstanceFiles, "captures">,
  card: string,
  from: number,
): AsyncGenerator<CapturePiece, void> {
  // A name that is none of the files' leads nowhere else.
  if (!listCaptures(files).some((one) => one.card === card))
    throw new Problem("capture.not-found", `There are no captured packets of ${card}`, {
      hint: "“unideck capture NAME” lists what there is; “unideck capture on NAME” begins.",
    });
  await using file = await openRegular(captureFile(files, card));
  const { size } = await file.stat();
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let offset = from; offset < size; ) {
    const { bytesRead } = await file.read(piece, 0, Math.min(PIECE_BYTES, size - offset), offset);
    if (bytesRead === 0) return;
    yield { offset, bytes: piece.toString("base64", 0, bytesRead) };
    offset += bytesRead;
  }
}
