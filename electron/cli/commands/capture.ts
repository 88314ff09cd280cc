/** `unideck capture …`: the packets of an instance. */

import type { FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import type { CapturePiece } from "../../../shared/contract/captures.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { visible } from "../../../shared/visible-text.ts";
import { writeChosenFile } from "../../engine/lib/chosen-file.ts";
import { toBuffer } from "../../engine/lib/to-buffer.ts";
import { formatBytes, formatTable, print, writeOut } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface Options {
  json: boolean;
}

export async function listCaptures(name: string, options: Options): Promise<void> {
  show(await withEngine((client) => client.instances.get({ id: name }), { isBrief: true }), options);
}

export async function setCapture(name: string, on: boolean, options: Options): Promise<void> {
  show(await withEngine((client) => client.captures.set({ id: name, on }), { isBrief: true }), options);
}

export async function saveCapture(
  name: string,
  file: string,
  { card: wanted, json }: Options & { card?: string },
): Promise<void> {
  // Not brief: it may be much, and a pipe may be slow.
  await withEngine(async (client) => {
    const { id, capture } = await client.instances.get({ id: name });
    const card = wanted ?? onlyCard(name, capture);
    const sizeBytes = await copyTo(file, await client.captures.read({ id, card }));
    if (file !== "-") print({ file, card, sizeBytes }, { json, text: () => [`${file} ${formatBytes(sizeBytes)}`] });
  });
}

/** How many bytes came. Throws file.exists. */
async function copyTo(file: string, pieces: AsyncIterable<CapturePiece>): Promise<number> {
  if (file === "-") {
    if (process.stdout.isTTY)
      throw new Problem("args.invalid", "A packet capture is not written to a terminal", {
        hint: "Write it to a file, or to a program: unideck capture save NAME - | tcpdump -r -",
      });
    return await copyPieces(pieces, writeOut);
  }
  const copyInto = (target: FileHandle) =>
    copyPieces(pieces, async (piece) => {
      await target.writeFile(piece);
      return true;
    });
  return await writeChosenFile(resolve(file), copyInto, { mode: 0o600, mustBeNew: true });
}

/** Until `write` wants no more. */
async function copyPieces(
  pieces: AsyncIterable<CapturePiece>,
  write: (piece: Buffer) => Promise<boolean>,
): Promise<number> {
  let sizeBytes = 0;
  for await (const { bytes } of pieces) {
    const piece = toBuffer(bytes);
    sizeBytes += piece.length;
    if (!(await write(piece))) break;
  }
  return sizeBytes;
}

function onlyCard(name: string, { files }: Instance["capture"]): string {
  const [only, another] = files;
  if (only && !another) return only.card;
  if (!only)
    throw new Problem("capture.not-found", `Nothing is captured of ${name}`, {
      hint: `“unideck capture on ${name}” begins.`,
    });
  throw new Problem("args.invalid", `${name} has several network cards: ${files.map(({ card }) => card).join(", ")}`, {
    hint: "Choose an interface with --card.",
  });
}

function show({ name, capture }: Instance, { json }: Options): void {
  const { on, isFull, files } = capture;
  const state = on ? "is captured" : isFull ? "stopped at its size limit" : "is not captured";
  const rows = files.map(({ card, sizeBytes, path }) => [card, formatBytes(sizeBytes), path]);
  print(capture, {
    json,
    text: () => `${visible(`${name} ${state}`)}\n${rows.length > 0 ? formatTable(["CARD", "SIZE", "FILE"], rows) : ""}`,
  });
}
