import { expect, test } from "vitest";
import { encodeBytes, isStream } from "./encode-bytes.ts";

async function* piecesOf(...pieces: unknown[]) {
  yield* pieces;
}

async function itemsOf(output: unknown): Promise<unknown[]> {
  const items: unknown[] = [];
  if (isStream(output)) for await (const item of output) items.push(item);
  return items;
}

test("bytes are sent in base64, once", async () => {
  const output = encodeBytes(["captures", "read"], piecesOf({ offset: 3, bytes: Buffer.from("xabc").subarray(1) }));

  const sent = await itemsOf(encodeBytes(["captures", "read"], output));
  expect(sent).toEqual([{ offset: 3, bytes: "YWJj" }]);
});

test("what has no bytes is sent as it is", () => {
  const output = piecesOf("a");

  expect(encodeBytes(["tasks", "follow"], output)).toBe(output);
  expect(encodeBytes(["images", "list"], [])).toEqual([]);
});
