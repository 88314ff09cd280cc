import { once } from "node:events";
import { createServer } from "node:http";
import { expect, test } from "vitest";
import { checkForUpdate, isNewer } from "./updates.ts";

async function announcing(body: string, status = 200) {
  const server = createServer((_, answer) => answer.writeHead(status).end(body)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { address: `http://127.0.0.1:${port}/latest.json`, [Symbol.dispose]: () => void server.close() };
}

test("a newer version is told with its address, an equal or older one is not", async () => {
  using server = await announcing('{"version":"0.10.0","url":"https://example.org/unideck","more":1}');

  expect(await checkForUpdate("0.9.1", server.address)).toEqual({
    ...{ current: "0.9.1", isOff: false },
    newer: { version: "0.10.0", url: "https://example.org/unideck" },
  });
  expect(await checkForUpdate("0.10.0", server.address)).toEqual({ current: "0.10.0", isOff: false });
  expect(await checkForUpdate("1.0.0", server.address)).toEqual({ current: "1.0.0", isOff: false });
});

test("without an address nobody is asked", async () => {
  expect(await checkForUpdate("0.1.0", null)).toEqual({ current: "0.1.0", isOff: true });
});

test.each([
  "",
  "<html>",
  "[]",
  '{"version":"latest"}',
  '{"version":"1.2.3","url":"file:///etc/passwd"}',
  `{"version":"${"1".repeat(200_000)}"}`,
])("an answer such as %j is an error, not a version", async (body) => {
  using server = await announcing(body.slice(0, 200_100));

  await expect(checkForUpdate("0.1.0", server.address)).rejects.toMatchObject({ code: "download.failed" });
});

test("a server that has nothing there, or is not there, is told as that", async () => {
  using server = await announcing("", 404);

  await expect(checkForUpdate("0.1.0", server.address)).rejects.toMatchObject({ code: "download.not-found" });
  await expect(checkForUpdate("0.1.0", "http://127.0.0.1:1/")).rejects.toMatchObject({ code: "download.unreachable" });
});

test("versions are compared by their numbers", () => {
  expect(isNewer("0.10.0", "0.9.9")).toBe(true);
  expect(isNewer("1.0.0", "0.9.9")).toBe(true);
  expect(isNewer("0.9.0", "0.9.0-beta")).toBe(false);
  expect(isNewer("0.1.0", "0.2.0")).toBe(false);
});
