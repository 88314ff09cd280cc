import { describe, expect, test } from "vitest";
import type { Instance } from "../../shared/contract/instances.ts";
import { startPhases } from "../features/instances/start-phases.ts";
import { anEnded, anInstance, aRunning, EVENING } from "../test/samples.ts";
import { exitMeaning, exitWords, hasCrashed, stateDetail, stateWords } from "./state-words.ts";

const crash = { code: 139, signal: "SIGSEGV", reason: "crashed" };
const words = (...args: Parameters<typeof stateWords>) => stateWords(...args).word;

describe("an instance's state in words", () => {
  test.each([
    [anInstance(), "created"],
    [aRunning(), "running"],
    [anInstance({ state: "stopping" }), "stopping"],
    [anInstance({ state: "failed" }), "failed"],
    [anEnded({ code: 0, reason: "exited" }), "exited 0"],
    [anEnded({ code: 3, reason: "exited" }), "exited 3"],
    [anEnded(crash), "crashed"],
    [anEnded({ code: 125, reason: "panic" }), "crashed"],
    [anEnded({ code: 143, signal: "SIGTERM", reason: "stopped" }), "stopped"],
    [anEnded({ reason: "killed" }), "killed"],
  ])("%# is said in a word or two", (instance, word) => {
    expect(words(instance, EVENING + 20_000)).toBe(word);
  });

  test("is no failure where it ended as it was asked to", () => {
    const ended = anEnded({ code: 143, signal: "SIGTERM", reason: "stopped" });
    const stopped = { ...ended, times: { ...ended.times, stopping: EVENING } };
    const failedMeanwhile = { ...stopped, exit: { code: 3, reason: "exited" } };

    expect([stopped, ended, failedMeanwhile].map((one) => stateWords(one, EVENING).tone)).toEqual([
      "off",
      "bad",
      "bad",
    ]);
  });

  test("changes at most once a minute while it runs, as it is read out", () => {
    expect([30_000, 61_000, 119_000, 121_000].map((ms) => words(aRunning(), EVENING + ms))).toEqual([
      "running",
      "running 1 m",
      "running 1 m",
      "running 2 m",
    ]);
  });

  test("a stop says its step", () => {
    const stopping = anInstance({ state: "stopping", times: { created: EVENING, stopping: EVENING } });
    const at = (stopStep: Instance["stopStep"], ms: number) => stateDetail({ ...stopping, stopStep }, EVENING + ms);

    expect([at("power-button", 500), at("power-button", 6000), at("quit", 5100), at("kill", 7100)]).toEqual([
      "asked to power off, forced in 5 s",
      "asked to power off",
      "did not power off; asking QEMU to quit",
      "QEMU does not quit; killing it",
    ]);
  });

  test("the detail beside it says how long the start or the whole run took", () => {
    expect(stateDetail(aRunning(), EVENING)).toBe("first output after 0.09 s");
    expect(stateDetail(anEnded(crash), EVENING + 1900)).toBe("SIGSEGV after 1.9 s · just now");
  });
});

describe("an exit", () => {
  test("by a signal that somebody sent is no crash", () => {
    expect(hasCrashed(anEnded({ code: 143, signal: "SIGTERM", reason: "stopped" }))).toBe(false);
    expect(hasCrashed(anEnded(crash))).toBe(true);
    expect(hasCrashed(anInstance({ state: "running", exit: crash }))).toBe(false);
  });

  test("names its signal by the code where the kernel does not", () => {
    expect(exitWords({ code: 134, reason: "exited" })).toBe("exited 134 · SIGABRT");
    expect(exitWords({ code: 143, signal: "SIGTERM", reason: "stopped" })).toBe("stopped");
    expect(exitWords({ code: 200, reason: "exited" })).toBe("exited 200");
  });

  test.each([
    [{ code: 0, reason: "exited" }, /exited successfully/],
    [{ code: 3, reason: "exited" }, /exited with code 3, which usually means an error/],
    [{ code: 125, reason: "panic" }, /kernel crashed/],
    [{ code: 127, reason: "exited" }, /could not be started/],
    [{ code: 139, reason: "exited" }, /SIGSEGV: a crash/],
    [{ code: 143, signal: "SIGTERM", reason: "by hand" }, /ended with SIGTERM \(by hand\)/],
    [{ code: 143, signal: "SIGTERM", reason: "stopped" }, /was stopped/],
    [{ reason: "QEMU ended unexpectedly" }, /unknown/],
  ])("%j is explained in one sentence", (exit, sentence) => {
    expect(exitMeaning(exit)).toMatch(sentence);
  });
});

describe("where the time of a start went", () => {
  test("is told by the kernel's milestones, which add up to the whole", () => {
    const start = startPhases(aRunning());

    expect(start?.totalMs).toBe(90);
    expect(start?.phases.map(({ name, ms }) => [name, Math.round(ms)])).toEqual([
      ["QEMU", 18],
      ["kernel", 21],
      ["network", 9],
      ["program", 42],
    ]);
  });

  test("is told in two parts where the kernel says nothing", () => {
    const start = startPhases(aRunning({ milestones: [], firstOutputSource: "console" }));

    expect(start?.phases.map(({ name }) => name)).toEqual(["QEMU", "kernel and program"]);
  });

  test("is not told before there is an output, nor where the clocks disagree", () => {
    expect(startPhases(anInstance())).toBeUndefined();
    expect(startPhases(aRunning({ times: { created: 1, starting: 10, firstOutput: 5 } }))).toBeUndefined();
  });

  test("has no negative part, whatever a guest claims", () => {
    const liar = aRunning({
      milestones: [
        { name: "kernel", atNs: 9e15 },
        { name: "first-write", atNs: 1e15 },
      ],
    });

    expect(startPhases(liar)?.phases.every(({ ms }) => ms >= 0)).toBe(true);
  });
});
