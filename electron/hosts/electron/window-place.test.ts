import { describe, expect, test } from "vitest";
import { CrashLimit, isCrash } from "./crash-limit.ts";
import { placeToOpen } from "./window-place.ts";

const main = { x: 0, y: 0, width: 1600, height: 1000 };
const right = { x: 1600, y: 0, width: 1200, height: 900 };
const stored = { bounds: { x: 1700, y: 50, width: 1000, height: 700 }, isMaximized: true, zoomLevel: 1.5 };

describe("a window's place", () => {
  test("is the one of the last time, on its display, with its zoom", () => {
    expect(placeToOpen(stored, [main, right])).toEqual({
      bounds: stored.bounds,
      isMaximized: true,
      isFullScreen: false,
      zoomLevel: 1.5,
    });
  });

  test("is the system's choice where that display is gone", () => {
    expect(placeToOpen(stored, [main]).bounds).toEqual({ width: 1000, height: 700 });
  });

  test("is never larger than its display, nor smaller than the window can be", () => {
    const at = (width: number, height: number) => placeToOpen({ bounds: { x: 0, y: 0, width, height } }, [main]).bounds;

    expect(at(9000, 9000)).toMatchObject({ width: 1600, height: 1000 });
    expect(at(10, 10)).toMatchObject({ width: 480, height: 360 });
  });

  test.each([undefined, null, "x", {}, { bounds: { x: 0, y: 0, width: -1, height: 5 } }])(
    "is the first one's for what was not stored by us: %j",
    (nonsense) => {
      expect(placeToOpen(nonsense, [main]).bounds).toEqual({ width: 1280, height: 800 });
    },
  );
});

describe("a page that crashes", () => {
  test("is loaded again three times, and then no more", () => {
    const limit = new CrashLimit();

    expect([0, 1, 2, 3].map((at) => limit.note(at))).toEqual(["reload", "reload", "reload", "give-up"]);
    expect(limit.note(10 * 60_000)).toBe("reload");
  });

  test("has not crashed where it was ended in order", () => {
    expect(["crashed", "oom", "clean-exit", "killed"].filter(isCrash)).toEqual(["crashed", "oom"]);
  });
});
