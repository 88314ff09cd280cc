/** A web server for tests that serves files from memory, and misbehaves as it is told. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

export interface ServedFile {
  bytes: Buffer;
  etag?: string;
  /** Answers a request for a part with the whole. */
  ignoresRange?: boolean;
  /** Breaks the connection off after so many bytes of the answers, one after the other; then serves to the end. */
  breaksAfter?: number[];
  /** Waited for before a connection is broken off, so that what was sent has arrived by then. */
  beforeBreak?: (sentBytes: number) => Promise<void>;
  /** Bytes a piece, with a pause of a millisecond between them. */
  pieceBytes?: number;
  /** Sends the file up to there and then nothing more, without an end. */
  stallsAfter?: number;
  /** Answers with this instead of 200. */
  status?: number;
  headers?: Record<string, string>;
  /** Does not say how long the file is. */
  hidesLength?: boolean;
}

export interface FileServer extends AsyncDisposable {
  address: string;
  files: Map<string, ServedFile>;
  /** What was asked for: path, and the range if there was one. */
  requests: { path: string; range: string | undefined }[];
  /** Resolves when `count` answers have sent their first piece. */
  begun(count: number): Promise<void>;
}

export async function serveFiles(files: Record<string, ServedFile> = {}): Promise<FileServer> {
  const known = new Map(Object.entries(files));
  const requests: FileServer["requests"] = [];
  let answers = 0;
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    requests.push({ path: request.url ?? "", range: request.headers.range });
    const file = known.get(request.url ?? "");
    const onBegin = () => {
      answers++;
      for (const wake of waiting) wake();
    };
    if (!file) response.writeHead(404).end("no such file");
    else void answer(file, request, response, onBegin);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    address: `http://127.0.0.1:${port}/`,
    files: known,
    requests,
    begun: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (answers < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(
  file: ServedFile,
  request: IncomingMessage,
  response: ServerResponse,
  onBegin: () => void,
): Promise<void> {
  if (file.status) return void response.writeHead(file.status, file.headers).end("not now");
  const from = rangeOf(file, request);
  if (from !== undefined && from >= file.bytes.length)
    return void response.writeHead(416, { "content-range": `bytes */${file.bytes.length}` }).end();
  const bytes = file.bytes.subarray(from ?? 0);
  const limit = file.breaksAfter?.shift() ?? (file.stallsAfter && Math.max(0, file.stallsAfter - (from ?? 0)));
  response.writeHead(from === undefined ? 200 : 206, {
    ...(file.hidesLength ? {} : { "content-length": bytes.length }),
    ...(file.etag && { etag: file.etag }),
    ...(from !== undefined && { "content-range": `bytes ${from}-${file.bytes.length - 1}/${file.bytes.length}` }),
    ...file.headers,
  });
  const part = bytes.subarray(0, limit);
  const step = file.pieceBytes ?? (part.length || 1);
  for (let at = 0; at < part.length && !response.destroyed; at += step) {
    await new Promise((resolve) => response.write(part.subarray(at, at + step), resolve));
    if (at === 0) onBegin();
    if (file.pieceBytes) await sleep(1);
  }
  if (limit === undefined || limit >= bytes.length) return void response.end();
  if (file.stallsAfter !== undefined) return;
  await file.beforeBreak?.((from ?? 0) + part.length);
  response.destroy();
}

/** Where the answer begins; undefined where the whole is to be sent. */
function rangeOf(file: ServedFile, { headers }: IncomingMessage): number | undefined {
  const from = /^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1];
  if (from === undefined || file.ignoresRange) return undefined;
  return headers["if-range"] === file.etag ? Number(from) : undefined;
}
