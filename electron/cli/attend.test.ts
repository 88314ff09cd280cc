/** What stands between a terminal and a guest: input, output and the wait for the end. */

import { PassThrough } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { ConsoleChunk } from "../../shared/contract/instances.ts";
import { Problem } from "../../shared/problem.ts";
import { wireError } from "../hosts/problem-errors.ts";
import { ConsoleOutput } from "./console-output.ts";
import { feedGuest } from "./guest-input.ts";

function guest() {
  const typed: Buffer[] = [];
  const client = {
    instances: {
      input: vi.fn(async ({ bytes }: { id: string; bytes: string }) => {
        typed.push(Buffer.from(bytes, "base64"));
        return { accepted: bytes.length };
      }),
    },
  };
  return { client, typed: () => Buffer.concat(typed) };
}

describe("what is typed", () => {
  test("from a pipe reaches the guest byte by byte, and ends with ^D", async () => {
    const { client, typed } = guest();
    const input = new PassThrough();
    feedGuest({ client, id: "x", input, isInteractive: false, onInterrupt: () => undefined });

    input.write(Buffer.from([0, 3, 255, 10]));
    input.end();

    await vi.waitFor(() => expect(typed()).toEqual(Buffer.from([0, 3, 255, 10, 4])));
  });

  test("that ends within a line needs ^D twice: the first only ends the line", async () => {
    const { client, typed } = guest();
    const input = new PassThrough();
    feedGuest({ client, id: "x", input, isInteractive: false, onInterrupt: () => undefined });

    input.end("no newline");

    await vi.waitFor(() => expect(typed().toString()).toBe("no newline\x04\x04"));
  });

  test("in large pieces is sent in small ones, in order", async () => {
    const { client, typed } = guest();
    const input = new PassThrough();
    const all = Buffer.alloc(200_000, "0123456789\n");
    feedGuest({ client, id: "x", input, isInteractive: false, onInterrupt: () => undefined });

    input.end(all);

    await vi.waitFor(() => expect(typed().length).toBe(all.length + 2));
    expect(typed().subarray(0, all.length).equals(all)).toBe(true);
    expect(client.instances.input.mock.calls.every(([{ bytes }]) => bytes.length < 1 << 20)).toBe(true);
  });

  test("at a terminal is raw; Ctrl-C is heard here and does not reach the guest", async () => {
    const { client, typed } = guest();
    const input = Object.assign(new PassThrough(), { setRawMode: vi.fn() });
    const onInterrupt = vi.fn();
    const letGo = feedGuest({ client, id: "x", input, isInteractive: true, onInterrupt });

    input.write("a\x03b");
    await vi.waitFor(() => expect(typed().toString()).toBe("ab"));
    letGo();
    await turn();

    expect(onInterrupt).toHaveBeenCalledOnce();
    expect(input.setRawMode.mock.calls).toEqual([[true], [false]]);
    expect(typed().toString()).toBe("ab");
  });

  test("at a terminal that echoes is raw while the program wants that, and not afterwards", async () => {
    const { client, typed } = guest();
    const input = Object.assign(new PassThrough(), { setRawMode: vi.fn() });
    const onInterrupt = vi.fn();
    let changed: (isRaw: boolean) => void = () => undefined;
    const watchRaw = (call: typeof changed) => {
      changed = call;
    };
    const letGo = feedGuest({ client, id: "x", input, isInteractive: false, onInterrupt, watchRaw });
    for (const isRaw of [false, true, true, false, true]) changed(isRaw);
    input.write("a\x03b");
    await vi.waitFor(() => expect(typed().toString()).toBe("ab"));

    letGo();
    changed(true);

    expect(onInterrupt).toHaveBeenCalledOnce();
    expect(input.setRawMode.mock.calls).toEqual([[true], [false], [true], [false]]);
  });

  test("after the guest has ended is nobody's fault", async () => {
    const ended = vi.fn(async () => {
      throw wireError(new Problem("instance.not-running", "It has ended"));
    });
    const complaint = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const input = new PassThrough();
    feedGuest({
      client: { instances: { input: ended } },
      id: "x",
      input,
      isInteractive: false,
      onInterrupt: () => undefined,
    });

    input.end("x\n");
    await vi.waitFor(() => expect(ended).toHaveBeenCalled());
    await turn();

    expect(complaint).not.toHaveBeenCalled();
    complaint.mockRestore();
  });
});

describe("the console", () => {
  const chunk = (offset: number, text: string | Buffer, part: ConsoleChunk["part"] = "program"): ConsoleChunk => ({
    offset,
    bytes: Buffer.from(text).toString("base64"),
    part,
    times: [],
  });

  test("goes out as it is, the kernel's part elsewhere than the program's", async () => {
    const outputs = { program: new PassThrough(), kernel: new PassThrough() };
    const output = new ConsoleOutput(outputs, { json: false, raw: true });

    await output.write(chunk(0, "Pith 1\n", "kernel"));
    await output.write(chunk(7, Buffer.from([0, 255, 27])));

    expect(outputs.kernel.read()).toEqual(Buffer.from("Pith 1\n"));
    expect(outputs.program.read()).toEqual(Buffer.from([0, 255, 27]));
    expect(output.offset).toBe(10);
  });

  test("steers no terminal but its own: there text and colours are all that comes", async () => {
    const written = async (raw: boolean, isTTY: boolean) => {
      const program = Object.assign(new PassThrough(), { isTTY });
      const kernel = Object.assign(new PassThrough(), { isTTY });
      const output = new ConsoleOutput({ program, kernel }, { json: false, raw });
      await output.write(chunk(0, "\x1b[31mred\x1b]52;c;cm"));
      await output.write(chunk(17, "0=\x07\x1b[6n\n"));
      await output.write(chunk(25, "\x1b[2Jfatal\n", "kernel"));
      output.end();
      return [String(program.read()), String(kernel.read())];
    };
    const asItIs = ["\x1b[31mred\x1b]52;c;cm0=\x07\x1b[6n\n", "\x1b[2Jfatal\n"];

    expect(await written(false, true)).toEqual([
      "\x1b[31mred\n\x1b[0m",
      expect.stringMatching(/^fatal\nnote: .*--raw/),
    ]);
    expect(await written(true, true)).toEqual(asItIs);
    expect(await written(false, false)).toEqual(asItIs);
  });

  test("is lines of JSON for programs", async () => {
    const outputs = { program: new PassThrough(), kernel: new PassThrough() };
    const output = new ConsoleOutput(outputs, { json: true, raw: true });

    await output.write(chunk(0, "Pith 1\n", "kernel"));

    expect(JSON.parse(String(outputs.program.read()))).toEqual({ type: "console", ...chunk(0, "Pith 1\n", "kernel") });
  });

  test("waits for a slow reader, and not for one that went away", async () => {
    const program = new PassThrough({ highWaterMark: 1 });
    const output = new ConsoleOutput({ program, kernel: program }, { json: false, raw: true });
    let isWritten = false;

    const writing = output.write(chunk(0, "much")).then(() => {
      isWritten = true;
    });
    await turn();
    expect(isWritten).toBe(false);
    program.read();
    await writing;

    const second = output.write(chunk(4, "more"));
    program.destroy();
    await second;
  });
});
