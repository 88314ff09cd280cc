import { describe, expect, test } from "vitest";
import { Problem } from "../../../shared/problem.ts";
import { FakeEngine } from "../../test/fake-engine.ts";
import { aRunning } from "../../test/samples.ts";
import { type Piece, startFeed } from "./feed.ts";

const numbered = (lines: number) =>
  Array.from({ length: lines }, (_, at) => `line ${String(at).padStart(7, "0")}\n`).join("");

/** A feed into a string, with a gate that the sink waits for. */
function read(engine: FakeEngine, from = 0, gate: () => Promise<void> = async () => {}) {
  const seen = { text: "" };
  const feed = startFeed({
    client: engine.client,
    id: "i1",
    from,
    sink: async ({ bytes }: Piece) => {
      await gate();
      seen.text += new TextDecoder().decode(bytes);
    },
    onEnd: () => {},
  });
  return { seen, feed };
}

describe("a console's feed", () => {
  test("draws what there is and then what comes, each byte once", async () => {
    const engine = new FakeEngine({ instances: [aRunning()] });
    engine.write("i1", "first\n");
    const { seen, feed } = read(engine);
    await expect.poll(() => seen.text).toBe("first\n");

    engine.write("i1", "second\n");

    await expect.poll(() => seen.text).toBe("first\nsecond\n");
    expect(feed.drawnTo()).toBe(13);
    feed.stop();
  });

  test("begins where it is told to", async () => {
    const engine = new FakeEngine({ instances: [aRunning()] });
    engine.write("i1", "0123456789");

    const { seen, feed } = read(engine, 6);

    await expect.poll(() => seen.text).toBe("6789");
    feed.stop();
  });

  test("lets the stream go while the page is slow, and takes it up at the byte that is missing", async () => {
    const engine = new FakeEngine({ instances: [aRunning()] });
    const text = numbered(700_000);
    engine.write("i1", text);
    const begun = Promise.withResolvers<void>();
    const open = Promise.withResolvers<void>();
    const { seen, feed } = read(engine, 0, () => {
      begun.resolve();
      return open.promise;
    });
    await begun.promise;
    await expect.poll(() => engine.openConsoles).toBe(0);

    open.resolve();

    await expect.poll(() => seen.text.length, { timeout: 15_000 }).toBe(text.length);
    expect(seen.text === text).toBe(true);
    expect(engine.inputsOf("instances.console").length).toBeGreaterThan(1);
    feed.stop();
  });

  test("goes on after the connection broke, without a byte lost or doubled", async () => {
    const engine = new FakeEngine({ instances: [aRunning()] });
    engine.write("i1", "before ");
    const { seen, feed } = read(engine);
    await expect.poll(() => seen.text).toBe("before ");

    engine.breakConsoles();
    await expect.poll(() => engine.openConsoles).toBe(0);
    engine.write("i1", "and after");

    await expect.poll(() => seen.text).toBe("before and after");
    feed.stop();
  });

  test("ends with the reason where there is nothing to read from", async () => {
    const engine = new FakeEngine();
    const { client } = engine;
    const refuse: typeof client.instances.console = async () => {
      throw new Problem("instance.not-found", "There is no instance i1");
    };
    const ended = Promise.withResolvers<string | undefined>();

    startFeed({
      client: { ...client, instances: { ...client.instances, console: refuse } },
      id: "i1",
      from: 0,
      sink: async () => {},
      onEnd: (problem) => ended.resolve(problem?.code),
    });

    expect(await ended.promise).toBe("instance.not-found");
  });
});
