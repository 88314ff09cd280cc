/** Figures: what was measured, how it is summed up, and how it is printed. */

export interface Figure {
  name: string;
  unit: "µs" | "ms" | "s" | "KiB" | "KB" | "MiB" | "%" | "calls/s" | "requests/s" | "MB/s";
  value: number;
  /** The figure shall not be larger, and where it is a rate, not smaller. */
  goal?: number;
  /** What a median is of, in the order of measuring. */
  samples?: readonly number[];
}

export interface Section {
  title: string;
  figures: Figure[];
}

/** The middle value; of an even number of values the lower one of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError("the median of nothing");
  return middle;
}

/** The median of times. */
export function medianOf(name: string, samples: readonly number[], goal?: number): Figure {
  return { name, unit: "ms", value: median(samples), samples, ...(goal !== undefined && { goal }) };
}

/** A section as a table: what, the figure, its spread, the goal and whether it is met. */
export function tableOf({ title, figures }: Section): string {
  return [`\n${title}`, ...figures.map(lineOf)].join("\n");
}

const rates: ReadonlySet<Figure["unit"]> = new Set(["calls/s", "requests/s", "MB/s"]);

function lineOf({ name, unit, value, goal, samples }: Figure): string {
  const shown = (number: number) => number.toFixed(unit === "MiB" ? 0 : 1);
  const spread = samples ? `${shown(Math.min(...samples))} to ${shown(Math.max(...samples))}` : "";
  const isMet = goal !== undefined && (rates.has(unit) ? value >= goal : value <= goal);
  const verdict = goal === undefined ? "" : `goal ${Number(shown(goal))} ${unit}: ${isMet ? "met" : "missed"}`;
  return `  ${name.padEnd(44)} ${`${shown(value)} ${unit}`.padStart(12)}  ${spread.padEnd(20)} ${verdict}`.trimEnd();
}
