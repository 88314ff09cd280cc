import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listenPrivately } from "./listen-privately.ts";

test("a socket is its owner's alone from its first moment, whatever the umask", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unideck-listen-"));
  const server = createServer();
  const umask = process.umask(0);
  try {
    const listening = listenPrivately(server, join(folder, "s"));
    const mode = statSync(join(folder, "s")).mode & 0o777;
    await listening;

    expect(mode.toString(8)).toBe("600");
    expect(process.umask()).toBe(0);
  } finally {
    process.umask(umask);
    server.close();
    rmSync(folder, { recursive: true });
  }
});

test("a path that is taken is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unideck-listen-"));
  const [first, second] = [createServer(), createServer()];
  try {
    await listenPrivately(first, join(folder, "s"));

    await expect(listenPrivately(second, join(folder, "s"))).rejects.toMatchObject({ code: "EADDRINUSE" });
  } finally {
    first.close();
    rmSync(folder, { recursive: true });
  }
});
