/** Hands files to the engine: by their path where there is one, else byte by byte into its staging folder. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import { STAGING_PIECE_BYTES } from "../../shared/contract/staging.ts";
import { toBase64 } from "../platform/base64.ts";
import { pathOfFile } from "../platform/host.ts";
import type { AddedFile } from "./draft/draft.ts";
import type { Dropped, DroppedFile } from "./draft/dropped.ts";

export interface HandOver {
  doneBytes: number;
  totalBytes: number;
}

export interface HandOverOptions {
  client: UnideckClient;
  signal: AbortSignal;
  onProgress: (progress: HandOver) => void;
}

/** The path of one file on the engine's machine. */
export async function handOver(file: DroppedFile, options: HandOverOptions): Promise<string> {
  const [added] = await handOverAll([file], options);
  return added?.host ?? "";
}

/** Files and folders for the image: a folder with a path goes as one, any other file by file. */
export async function handOverExtras(extras: Dropped, options: HandOverOptions): Promise<AddedFile[]> {
  const whole = extras.folders.flatMap(({ name, file }) => {
    const path = file ? pathOfFile(file) : "";
    return path === "" ? [] : [{ kind: "folder", host: path, guest: `/${name}` } satisfies AddedFile];
  });
  const rest = extras.files.filter(
    ({ relativePath }) => !whole.some(({ guest }) => `/${relativePath}`.startsWith(`${guest}/`)),
  );
  return [...whole, ...(await handOverAll(rest, options))];
}

async function handOverAll(files: readonly DroppedFile[], options: HandOverOptions): Promise<AddedFile[]> {
  const { onProgress } = options;
  const totalBytes = files.reduce((sum, { file }) => sum + (pathOfFile(file) === "" ? file.size : 0), 0);
  let before = 0;
  const added: AddedFile[] = [];
  for (const { file, relativePath } of files) {
    let host = pathOfFile(file);
    if (host === "") {
      host = await stage(file, relativePath, options, (bytes) => onProgress({ doneBytes: before + bytes, totalBytes }));
      before += file.size;
    }
    added.push({ kind: "file", host, guest: `/${relativePath}`, sizeBytes: file.size });
  }
  return added;
}

async function stage(
  file: File,
  relativePath: string,
  { client, signal }: HandOverOptions,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const { id } = await client.staging.begin(
    { fileName: file.name, sizeBytes: file.size, ...(relativePath === file.name ? {} : { relativePath }) },
    { signal },
  );
  try {
    for (let offset = 0; offset < file.size; offset += STAGING_PIECE_BYTES) {
      const bytes = new Uint8Array(await file.slice(offset, offset + STAGING_PIECE_BYTES).arrayBuffer());
      signal.throwIfAborted();
      const { receivedBytes } = await client.staging.append({ id, offset, bytes: toBase64(bytes) }, { signal });
      onBytes(receivedBytes);
    }
    return (await client.staging.finish({ id }, { signal })).path;
  } catch (error) {
    // Nothing half-done is left behind; where even that fails, the engine clears its staging folder by itself.
    client.staging.discard({ id }).catch(() => undefined);
    throw error;
  }
}
