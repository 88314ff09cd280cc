import { expect, test } from "vitest";
import { z } from "zod";
import type { ConsoleChunk } from "../../shared/contract/instances.ts";
import { type Attachment, EngineLink } from "./engine-link.ts";

const CHUNK = 64 << 10;
const MEBIBYTE = 1 << 20;

const Asked = z.object({ from: z.number(), maxBytes: z.number() });
const ConsoleStream = z.custom<AsyncIterable<ConsoleChunk>>((value) => Symbol.asyncIterator in Object(value));

/** An engine in another process, whose one console has `size` bytes; counts what it hands out. */
function farEngine(size: number) {
  const seen = { calls: 0, handedOut: 0 };
  async function* console(from: number, maxBytes: number): AsyncGenerator<ConsoleChunk> {
    const end = Math.min(size, from + maxBytes);
    for (let offset = from; offset < end; offset += CHUNK) {
      const bytes = Buffer.alloc(Math.min(CHUNK, end - offset), offset / CHUNK);
      seen.handedOut += bytes.length;
      yield { offset, bytes: bytes.toString("base64"), part: "program", times: [] };
    }
  }
  const attachment: Attachment = {
    role: "client",
    link: {
      call: async (_path, input) => {
        seen.calls++;
        const { from, maxBytes } = Asked.parse(input);
        return console(from, maxBytes);
      },
    },
    lost: new Promise(() => undefined),
    isLost: () => false,
    finishWork: async () => undefined,
    close: async () => undefined,
  };
  return { seen, link: new EngineLink(async () => attachment) };
}

async function readConsole(
  link: EngineLink,
  range: { from?: number; maxBytes?: number },
  upTo = Number.POSITIVE_INFINITY,
) {
  const stream = ConsoleStream.parse(await link.call(["instances", "console"], { id: "a", ...range }, { context: {} }));
  let at = range.from ?? 0;
  for await (const { offset, bytes } of stream) {
    expect(offset).toBe(at);
    at += Buffer.byteLength(bytes, "base64");
    if (at >= upTo) break;
  }
  return at;
}

test.each([0, 1, MEBIBYTE - 1, MEBIBYTE, MEBIBYTE + 1, 5 * MEBIBYTE, 5 * MEBIBYTE + 77])(
  "a console of %i bytes comes whole",
  async (size) => {
    const { link } = farEngine(size);

    expect(await readConsole(link, {})).toBe(size);
  },
);

test("a console can be read from its middle", async () => {
  const { link } = farEngine(3 * MEBIBYTE);

  expect(await readConsole(link, { from: MEBIBYTE + 12345 })).toBe(3 * MEBIBYTE);
});

test("numbers may be words, as the HTTP API has them", async () => {
  const { link } = farEngine(2 * MEBIBYTE);

  const stream = ConsoleStream.parse(
    await link.call(["instances", "console"], { id: "a", from: "1048570", maxBytes: "10" }, { context: {} }),
  );

  const offsets: number[] = [];
  for await (const { offset } of stream) offsets.push(offset);
  expect(offsets).toEqual([1048570]);
});

test("no more is asked for than the reader asked for", async () => {
  const { link, seen } = farEngine(5 * MEBIBYTE);

  expect(await readConsole(link, { from: 100, maxBytes: 2 * MEBIBYTE })).toBe(100 + 2 * MEBIBYTE);
  expect(seen.handedOut).toBe(2 * MEBIBYTE);
});

test("a reader that stops has been sent a window more at most", async () => {
  const { link, seen } = farEngine(100 * MEBIBYTE);

  await readConsole(link, {}, 3 * MEBIBYTE - CHUNK);

  expect(seen.handedOut).toBeLessThanOrEqual(4 * MEBIBYTE);
});

/** Two engines, one after the other; each stream of the first ends with the first item. Says with what they were called. */
function twoEngines(itemsOf: (input: unknown) => unknown[]) {
  const inputs: unknown[] = [];
  let isFirstLost = false;
  const attachment = (isFirst: boolean): Attachment => ({
    role: "client",
    link: {
      call: async (_path, input) => {
        inputs.push(input);
        return (async function* () {
          const [first, ...others] = itemsOf(input);
          yield first;
          if (!isFirst) return yield* others;
          isFirstLost = true;
          throw new Error("the connection was closed");
        })();
      },
    },
    lost: new Promise(() => undefined),
    isLost: () => isFirst && isFirstLost,
    finishWork: async () => undefined,
    close: async () => undefined,
  });
  const [first, second] = [attachment(true), attachment(false)];
  return { inputs, link: new EngineLink(async () => (isFirstLost ? second : first)) };
}

const Items = z.custom<AsyncIterable<unknown>>((value) => Symbol.asyncIterator in Object(value));

test("a trace continues after its last item with the next engine", async () => {
  const { inputs, link } = twoEngines((input) => [
    { offset: 0, end: Number(Object(input).from ?? 0) + 7, text: "read()\n" },
  ]);

  for await (const _ of Items.parse(await link.call(["instances", "trace"], { id: "a" }, { context: {} })));

  expect(inputs).toEqual([
    { id: "a", from: 0 },
    { id: "a", from: 7 },
  ]);
});

test("traffic starts again with the next engine", async () => {
  const { inputs, link } = twoEngines(() => ["one", "two"]);

  const seen: unknown[] = [];
  for await (const item of Items.parse(await link.call(["networks", "traffic"], {}, { context: {} }))) seen.push(item);

  expect(seen).toEqual(["one", "one", "two"]);
  expect(inputs).toEqual([{}, {}]);
});

test("a file of an image is not continued with another engine: the image may be another one", async () => {
  const { link } = twoEngines(() => [{ offset: 0, bytes: "YQ==" }]);

  const items = Items.parse(await link.call(["imageContents", "read"], { image: "a", path: "/b" }, { context: {} }));
  const reading = (async () => {
    for await (const _ of items);
  })();

  await expect(reading).rejects.toMatchObject({ code: "engine.gone" });
});
