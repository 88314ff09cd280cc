/**
 * The captured packets of an instance: a pcap file for each card of its machine. QEMU writes to a named pipe for each, and
 * the keeper from there to the file, up to a limit. Here: which there are, how large they have become, and the pipes of a
 * machine that runs; what is captured at this moment is QEMU's to say.
 */

import { readdirSync, statSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { CapturePiece } from "../../../shared/contract/captures.ts";
import type { Capture } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { captureFile, captureFullMarker, type InstanceFiles } from "../hypervisors/instance-files.ts";
import { capturedCardsIn, capturePipe, makePipes, PipeHold } from "../hypervisors/pipes.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";
import { openRegular } from "../lib/open-regular.ts";

const LOOK_EVERY_MS = 500;
const PIECE_BYTES = 256 << 10;
const SUFFIX = ".pcap";

export type CaptureFiles = Capture["files"];
type CaptureFolders = Pick<InstanceFiles, "captures" | "folder">;

/** The pipes of captures that begin and end while the machine runs. */
export class CapturePipes {
  readonly #folder: string;
  readonly #changed: () => Promise<boolean>;
  #hold: PipeHold | undefined;

  /** `changed` settles when the keeper has seen which there are; false where there is no keeper. */
  constructor(folder: string, changed: () => Promise<boolean>) {
    this.#folder = folder;
    this.#changed = changed;
  }

  /** Before QEMU opens them: opening a pipe waits for a reader, and would stop the machine. */
  async open(cards: readonly string[]): Promise<void> {
    const paths = cards.map((card) => capturePipe(this.#folder, card));
    await makePipes(paths);
    this.release();
    this.#hold = PipeHold.forLaunch(paths);
    if (!(await this.#changed())) throw new Error("The keeper of the instances' output does not answer");
  }

  /** QEMU has them. */
  opened(): void {
    this.#hold?.handedOver();
  }

  /** After QEMU has closed them; what it wrote is in the files then. */
  async close(): Promise<void> {
    await removePipes(this.#folder);
    await this.#changed();
    this.release();
  }

  release(): void {
    this.#hold?.release();
    this.#hold = undefined;
  }
}

async function removePipes(folder: string): Promise<void> {
  for (const card of capturedCardsIn(folder)) await rm(capturePipe(folder, card), { force: true });
}

/** Whether one of them has reached its limit. */
export function isCaptureFull(files: Pick<InstanceFiles, "captures">): boolean {
  return listCaptures(files).some(({ card }) => statSync(captureFullMarker(files, card), { throwIfNoEntry: false }));
}

/** A new capture has no files of an earlier one beside it. */
export async function emptyCaptures({ captures, folder }: CaptureFolders): Promise<void> {
  await removePipes(folder);
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
    const sizes = [...now.map(({ sizeBytes }) => sizeBytes), isCaptureFull(files)].join();
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
  for (let offset = from; offset < size; ) {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, size - offset));
    const { bytesRead } = await file.read(piece, 0, piece.length, offset);
    if (bytesRead === 0) return;
    yield { offset, bytes: piece.subarray(0, bytesRead) };
    offset += bytesRead;
  }
}
