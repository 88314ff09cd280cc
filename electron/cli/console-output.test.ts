import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { ConsoleChunk } from "../../shared/contract/instances.ts";
import { ConsoleOutput } from "./console-output.ts";

const chunk = (offset: number, text: string) =>
  ConsoleChunk.parse({ offset, bytes: Buffer.from(text).toString("base64"), part: "program" });

/** What of these chunks goes to standard output and to standard error. */
async function written(chunks: ConsoleChunk[], options: { json: boolean }) {
  const [program, kernel] = [new PassThrough(), new PassThrough()];
  const output = new ConsoleOutput({ program, kernel }, { ...options, raw: false });
  for (const one of chunks) await output.write(one);
  output.end();
  return { program: String(program.read() ?? ""), kernel: String(kernel.read() ?? "") };
}

test("where older output was discarded, standard error says how much, and standard output stays exact", async () => {
  const chunks = [chunk(1000, "newest\n"), chunk(1007, "more\n"), chunk(2012, "after a gap\n")];

  expect(await written(chunks, { json: false })).toEqual({
    program: "newest\nmore\nafter a gap\n",
    kernel: "── 1000 bytes of older output were discarded ──\n── 1000 bytes of older output were discarded ──\n",
  });
});

test("as JSON the gap is in the offsets", async () => {
  const { program, kernel } = await written([chunk(1000, "newest\n")], { json: true });

  expect(JSON.parse(program)).toMatchObject({ type: "console", offset: 1000 });
  expect(kernel).toBe("");
});
