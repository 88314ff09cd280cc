/** Rectangles whose areas are as things are large, as near to squares as they can be (squarified treemap). Pure. */

/** In hundredths of the whole width and height. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** How much wider than high a whole is that is laid out; the rectangles fit any other too, only less square. */
const ASPECT = 7 / 3;

/** One rectangle for each size, in their order; `sizes` are above zero and fall. */
export function layOut(sizes: readonly number[]): Rectangle[] {
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  const areas = sizes.map((size) => (size / whole) * ASPECT);
  const rectangles: Rectangle[] = [];
  // What is left to fill, in units in which the whole is ASPECT wide and 1 high.
  let [left, top, width, height] = [0, 0, ASPECT, 1];
  for (let at = 0; at < areas.length; ) {
    const short = Math.min(width, height);
    const row = rowOf(areas, at, short);
    const sum = areas.slice(at, at + row).reduce((total, area) => total + area, 0);
    const depth = sum / short;
    let along = 0;
    for (const area of areas.slice(at, at + row)) {
      const length = area / depth;
      rectangles.push(
        width >= height
          ? inHundredths(left, top + along, depth, length)
          : inHundredths(left + along, top, length, depth),
      );
      along += length;
    }
    if (width >= height) [left, width] = [left + depth, width - depth];
    else [top, height] = [top + depth, height - depth];
    at += row;
  }
  return rectangles;
}

/** How many of the next areas stand side by side along `short`: as long as the worst of them gets no worse. */
function rowOf(areas: readonly number[], from: number, short: number): number {
  let [count, sum, worst] = [0, 0, Number.POSITIVE_INFINITY];
  for (const area of areas.slice(from)) {
    const next = sum + area;
    const depth = next / short;
    const first = areas[from] ?? area;
    const worse = Math.max(first / depth ** 2, depth ** 2 / area);
    if (worse > worst) break;
    [count, sum, worst] = [count + 1, next, worse];
  }
  return Math.max(1, count);
}

const inHundredths = (left: number, top: number, width: number, height: number): Rectangle => ({
  left: (left / ASPECT) * 100,
  top: top * 100,
  width: (width / ASPECT) * 100,
  height: height * 100,
});
