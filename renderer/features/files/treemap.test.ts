import { expect, test } from "vitest";
import { layOut } from "./treemap.ts";

const area = ({ width, height }: { width: number; height: number }) => (width * height) / 10_000;

test("one thing takes all of it", () => {
  expect(layOut([5])).toEqual([{ left: 0, top: 0, width: 100, height: 100 }]);
  expect(layOut([])).toEqual([]);
});

test("areas are as things are large, and together all", () => {
  const sizes = [88, 42, 24, 3, 2, 2, 1, 0.01];
  const whole = sizes.reduce((sum, size) => sum + size, 0);

  const rectangles = layOut(sizes);

  rectangles.forEach((rectangle, n) => {
    expect(area(rectangle)).toBeCloseTo((sizes[n] ?? 0) / whole, 8);
  });
});

test("nothing leaves the whole and nothing overlaps", () => {
  const sizes = Array.from({ length: 40 }, (_, n) => 1000 / (n + 1) ** 1.5);

  const rectangles = layOut(sizes);

  for (const [n, a] of rectangles.entries()) {
    expect(a.left).toBeGreaterThanOrEqual(-1e-9);
    expect(a.left + a.width).toBeLessThanOrEqual(100 + 1e-9);
    expect(a.top + a.height).toBeLessThanOrEqual(100 + 1e-9);
    for (const b of rectangles.slice(n + 1)) {
      const apart =
        a.left + a.width <= b.left + 1e-9 ||
        b.left + b.width <= a.left + 1e-9 ||
        a.top + a.height <= b.top + 1e-9 ||
        b.top + b.height <= a.top + 1e-9;
      expect(apart).toBe(true);
    }
  }
});

test("things of one size are near to squares", () => {
  for (const { width, height } of layOut(Array(12).fill(1))) {
    const ratio = (width * 7) / (height * 3);
    expect(Math.max(ratio, 1 / ratio)).toBeLessThan(2);
  }
});
