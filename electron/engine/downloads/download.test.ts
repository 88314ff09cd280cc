import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listAll, temporaryFolder } from "../images/testing.ts";
import { discardDownload, download, type Patience } from "./download.ts";
import { type FileServer, serveFiles } from "./file-server.testing.ts";

const bytes = randomBytes(300_000);
const sha256 = createHash("sha256").update(bytes).digest("hex");
const FILE = "/release.tar.gz";

/** How much of the present download is here. */
let arrived = { bytes: 0, onChange: () => {} };

/** A server breaks off only when what it has sent is here: what is on its way would be lost with the connection. */
async function beforeBreak(sentBytes: number): Promise<void> {
  while (arrived.bytes < sentBytes)
    await new Promise<void>((resolve) => {
      arrived.onChange = resolve;
    });
}

/** A download into `folder` whose course can be looked at. */
function begin(
  server: Pick<FileServer, "address">,
  folder: string,
  patience: Partial<Patience> = {},
  maxBytes = 1 << 20,
) {
  const abort = new AbortController();
  const seen = { starts: [] as [number, number][], bytes: 0, notes: [] as string[] };
  arrived = { bytes: 0, onChange: () => {} };
  const path = join(folder, "partial");
  const result = download({
    url: `${server.address}release.tar.gz`,
    path,
    maxBytes,
    signal: abort.signal,
    onStart: (have, total) => {
      seen.starts.push([have, total]);
      arrived.bytes = have;
    },
    onProgress: (count) => {
      seen.bytes += count;
      arrived.bytes += count;
      arrived.onChange();
    },
    note: (line) => seen.notes.push(line),
    patience: { stallMs: 2000, retryMs: 1, attempts: 3, ...patience },
  });
  return { result, seen, path, abort };
}

describe("a download", () => {
  it("ends with the whole file, its digest, and progress on the way", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, etag: '"1"', pieceBytes: 30_000 } });

    const { result, seen, path } = begin(server, folder.path);

    expect(await result).toEqual({ sha256, sizeBytes: bytes.length });
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(seen).toEqual({ starts: [[0, bytes.length]], bytes: bytes.length, notes: [] });
  });

  it("that is slow, but does not stall, is waited for", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, pieceBytes: 200 } });

    // Shorter than the whole takes: 1500 pieces, with a millisecond between them at least.
    const { result } = begin(server, folder.path, { stallMs: 1000 });

    expect((await result).sha256).toBe(sha256);
  });

  it("that breaks off goes on where it ended", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({
      [FILE]: { bytes, etag: '"1"', breaksAfter: [100_000, 50_000], beforeBreak },
    });

    const { result, seen } = begin(server, folder.path);

    expect((await result).sha256).toBe(sha256);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
    expect(seen.bytes).toBe(bytes.length);
    expect(seen.notes).toHaveLength(2);
  });

  it("that was given up goes on the next time, unless the file has changed", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, etag: '"1"', breaksAfter: [100_000], beforeBreak } });
    await expect(begin(server, folder.path, { attempts: 1 }).result).rejects.toMatchObject({ code: "download.failed" });

    const again = begin(server, folder.path);
    expect((await again.result).sha256).toBe(sha256);
    expect(again.seen.starts).toEqual([[100_000, bytes.length]]);

    await discardDownload(again.path);
    server.files.set(FILE, { bytes, etag: '"1"', breaksAfter: [100_000], beforeBreak });
    await expect(begin(server, folder.path, { attempts: 1 }).result).rejects.toMatchObject({ code: "download.failed" });
    const other = randomBytes(200_000);
    server.files.set(FILE, { bytes: other, etag: '"2"' });
    const changed = begin(server, folder.path);
    expect((await changed.result).sizeBytes).toBe(other.length);
    expect(readFileSync(changed.path).equals(other)).toBe(true);
  });

  it.each([
    ["knows no ranges", { etag: '"1"', ignoresRange: true }],
    ["can't tell one version from another", {}],
    ["has weak tags only", { etag: 'W/"1"' }],
  ])("restarts where the server %s", async (_, server) => {
    using folder = temporaryFolder();
    await using files = await serveFiles({ [FILE]: { bytes, breaksAfter: [100_000], beforeBreak, ...server } });

    const { result, seen, path } = begin(files, folder.path);

    expect((await result).sha256).toBe(sha256);
    expect(readFileSync(path).equals(bytes)).toBe(true);
    expect(seen.starts).toEqual([
      [0, bytes.length],
      [0, bytes.length],
    ]);
  });

  it("of a file that is here already asks, and fetches nothing", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, etag: '"1"' } });
    await begin(server, folder.path).result;

    const { result, seen } = begin(server, folder.path);

    expect((await result).sha256).toBe(sha256);
    expect(seen.bytes).toBe(0);
  });

  it("does not believe what stands there without a note, or with one of another file", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, etag: '"1"' } });
    for (const note of [undefined, "{", JSON.stringify({ url: "http://elsewhere/", validator: '"1"' })]) {
      writeFileSync(join(folder.path, "partial"), "rubbish");
      if (note) writeFileSync(join(folder.path, "partial.json"), note);

      expect((await begin(server, folder.path).result).sha256).toBe(sha256);
      await discardDownload(join(folder.path, "partial"));
    }
    expect(await listAll(folder.path)).toEqual([]);
  });

  it("gives up when the server falls silent again and again", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, etag: '"1"', stallsAfter: 0 } });

    const { result } = begin(server, folder.path, { stallMs: 50 });

    await expect(result).rejects.toMatchObject({ code: "download.failed", message: /no data for 0.05 seconds/ });
    expect(server.requests).toHaveLength(3);
  });

  it("that is cancelled ends at once, with the reason", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, etag: '"1"', stallsAfter: 100_000 } });
    const { result, abort, path } = begin(server, folder.path, { stallMs: 60_000 });
    await server.begun(1);

    abort.abort(new Error("enough"));

    await expect(result).rejects.toThrow("enough");
    await discardDownload(path);
    expect(await listAll(folder.path)).toEqual([]);
  });

  it("takes no more than it may", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, hidesLength: true } });
    const declared = begin(server, folder.path, {}, bytes.length - 1);
    await expect(declared.result).rejects.toMatchObject({ code: "download.too-large" });

    server.files.set(FILE, { bytes });
    const undeclared = begin(server, folder.path, {}, bytes.length - 1);

    await expect(undeclared.result).rejects.toMatchObject({ code: "download.too-large" });
    expect(undeclared.seen.bytes).toBe(0);
  });

  it("of more than the disk has room for is not begun", async () => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, headers: { "content-length": String(2 ** 52) } } });

    const { result, seen } = begin(server, folder.path, {}, 2 ** 53);

    await expect(result).rejects.toMatchObject({ code: "disk.full" });
    expect(seen.bytes).toBe(0);
  });

  it.each([
    [404, "download.not-found", 1],
    [403, "download.failed", 1],
    [503, "download.failed", 3],
    [206, "download.failed", 1],
  ])("that is answered with %i fails after as many attempts as make sense", async (status, code, attempts) => {
    using folder = temporaryFolder();
    await using server = await serveFiles({ [FILE]: { bytes, status } });

    await expect(begin(server, folder.path).result).rejects.toMatchObject({ code });
    expect(server.requests).toHaveLength(attempts);
  });

  it("without a network says so at once", async () => {
    using folder = temporaryFolder();
    // A port that nobody listens on any more.
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const address = closed.address();
    const port = typeof address === "object" && address ? address.port : 0;
    await new Promise((resolve) => closed.close(resolve));

    const { result } = begin({ address: `http://127.0.0.1:${port}/` }, folder.path);

    await expect(result).rejects.toMatchObject({
      code: "download.unreachable",
      message: `127.0.0.1:${port} can't be reached`,
      hint: /settings/,
    });
  });
});
