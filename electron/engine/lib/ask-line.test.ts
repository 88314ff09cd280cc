import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askLine } from "./ask-line.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-ask-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** What is heard of one that writes these pieces when it is asked, and then says no more. */
async function heard(...pieces: (string | Buffer)[]): Promise<string | undefined> {
  const path = join(folder, "s");
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", async (question) => {
      for (const piece of pieces) {
        socket.write(String(piece) === "?" ? question : piece);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    return await askLine(path, "how are you", { limitMs: 500, mostCharacters: 40 });
  } finally {
    server.close();
  }
}

test("an answer is its first line, in whatever pieces it comes", async () => {
  const umlaut = Buffer.from("gut: ö\n");

  expect(await heard("?")).toBe("how are you");
  expect(await heard("we", "ll\nand more")).toBe("well");
  expect(await heard(umlaut.subarray(0, 6), umlaut.subarray(6))).toBe("gut: ö");
});

test.each([
  ["a line without an end", ["x".repeat(41)]],
  ["a line that is too long", [`${"x".repeat(41)}\n`]],
  ["nothing within the time", []],
])("%s is no answer", async (_, pieces) => {
  expect(await heard(...pieces)).toBeUndefined();
});

test("nobody is no answer", async () => {
  expect(await askLine(join(folder, "nobody"), "", { limitMs: 500, mostCharacters: 40 })).toBeUndefined();
});
