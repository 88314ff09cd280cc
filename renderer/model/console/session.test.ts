// @vitest-environment jsdom
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { FakeEngine } from "../../test/fake-engine.ts";
import { aRunning, EVENING } from "../../test/samples.ts";
import { formatMoment } from "../../ui/format.ts";
import { type ConsoleSession, createConsoleSession } from "./session.ts";

const lineOf = (n: number) => `line ${String(n).padStart(7, "0")}`;
const numbered = (count: number) => Array.from({ length: count }, (_, n) => `${lineOf(n)}\n`).join("");

function openSession(engine: FakeEngine, scrollbackLines: number): ConsoleSession {
  const instance = { ...aRunning(), consoleBytes: engine.world.consoles.i1?.length ?? 0 };
  return createConsoleSession(engine.client, instance, { ...defaultSettings.console, scrollbackLines });
}

/** Every line that the terminal holds. */
function linesOf({ terminal }: ConsoleSession): string[] {
  const { active } = terminal.buffer;
  return Array.from({ length: active.length }, (_, row) => active.getLine(row)?.translateToString(true) ?? "");
}

const shownLine = ({ terminal }: ConsoleSession, row = 0) =>
  terminal.buffer.active.getLine(terminal.buffer.active.viewportY + row)?.translateToString(true) ?? "";

const drawn = (session: ConsoleSession, bytes: number) =>
  expect.poll(() => session.status.getState().drawnTo, { timeout: 20_000 }).toBe(bytes);

test("what was found is counted again once the terminal was emptied", async () => {
  const engine = new FakeEngine({ instances: [aRunning()] });
  engine.write("i1", numbered(20));
  const session = openSession(engine, 1000);
  await drawn(session, 20 * 13);
  session.status.setState({ matches: { at: 3, of: 20 } });

  session.clear();

  expect(session.status.getState()).toMatchObject({ matches: { at: -1, of: 0 }, emptied: 1 });
  session.dispose();
});

describe("what the scrollback has let go of", () => {
  test("is paged in line by line up to the first, and down again to the present", { timeout: 60_000 }, async () => {
    const LINES = 9000;
    const engine = new FakeEngine({ instances: [aRunning()] });
    engine.write("i1", numbered(LINES));
    const session = openSession(engine, 2000);
    const { terminal } = session;
    await drawn(session, LINES * 13);

    terminal.scrollToTop();
    let top = shownLine(session);
    expect(top > lineOf(LINES - 2100)).toBe(true);
    let pages = 0;
    for (; session.status.getState().earlierBytes > 0 && pages < 60; pages++) {
      session.showEarlier();
      await expect.poll(() => shownLine(session, terminal.rows - 1), { timeout: 10_000 }).toBe(top);
      terminal.scrollToTop();
      const next = shownLine(session);
      expect(next < top).toBe(true);
      top = next;
    }

    expect(top).toBe(lineOf(0));
    expect(pages).toBeGreaterThan(3);

    // All lines of a page follow each other; the last one goes on with the next page.
    const lines = linesOf(session)
      .filter((line) => line !== "")
      .slice(0, -1);
    const first = Number(lines[0]?.slice(5));
    expect(lines).toEqual(lines.map((_, i) => lineOf(first + i)));

    await expect
      .poll(
        () => {
          terminal.scrollToBottom();
          return session.status.getState().following;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    engine.write("i1", "and this is new\n");
    await expect
      .poll(() =>
        linesOf(session)
          .filter((line) => line !== "")
          .at(-1),
      )
      .toBe("and this is new");
    session.dispose();
  });

  test("is left at once by following", async () => {
    const engine = new FakeEngine({ instances: [aRunning()] });
    engine.write("i1", numbered(6000));
    const session = openSession(engine, 1000);
    await drawn(session, 6000 * 13);
    session.terminal.scrollToTop();
    session.showEarlier();
    await expect.poll(() => session.status.getState().isPast).toBe(true);

    session.follow();

    await expect.poll(() => session.status.getState().following).toBe(true);
    await expect
      .poll(() =>
        linesOf(session)
          .filter((line) => line !== "")
          .at(-1),
      )
      .toBe(lineOf(5999));
    session.dispose();
  });

  test("a console that is there whole has nothing before it", async () => {
    const engine = new FakeEngine({ instances: [aRunning()] });
    engine.write("i1", numbered(300));
    const session = openSession(engine, 1000);
    await drawn(session, 300 * 13);

    session.terminal.scrollToTop();

    expect(session.status.getState()).toMatchObject({ earlierBytes: 0, following: false });
    session.dispose();
  });
});

test("the moment before each line is shown on demand, and taken away again", async () => {
  const engine = new FakeEngine({ instances: [aRunning()] });
  engine.write("i1", "one\ntwo\nthree\n");
  engine.world.consoleTimes.i1 = [
    [0, EVENING],
    [4, null],
    [8, EVENING + 2500],
  ];
  const session = openSession(engine, 1000);
  await drawn(session, 14);
  const shown = () => linesOf(session).filter((line) => line !== "");
  expect(shown()).toEqual(["one", "two", "three"]);

  session.showTimes(true);
  const nobody = " ".repeat(formatMoment(0).length);
  await expect
    .poll(shown)
    .toEqual([`${formatMoment(EVENING)} one`, `${nobody} two`, `${formatMoment(EVENING + 2500)} three`]);

  session.showTimes(false);
  await expect.poll(shown).toEqual(["one", "two", "three"]);
  session.dispose();
});

test("a line stands where a later run begins", async () => {
  const engine = new FakeEngine({ instances: [aRunning()] });
  engine.write("i1", "first");
  engine.world.runs.i1 = [
    { at: 0, number: 1, startedAt: EVENING },
    { at: 5, number: 2, startedAt: EVENING + 60_000 },
  ];
  const session = openSession(engine, 1000);
  await drawn(session, 5);

  engine.write("i1", "second\n");

  await expect
    .poll(() => linesOf(session).filter((line) => line !== ""))
    .toEqual(["first", `── run 2, started ${formatMoment(EVENING + 60_000)} ──`, "second"]);
  session.dispose();
});
