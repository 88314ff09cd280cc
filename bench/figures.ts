/** How figures are made and printed. */

/** The middle value; of an even number of values the lower one of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new RangeError("the median of nothing");
  return middle;
}

export function printHeading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

/** One line: what, the figure, and the goal where there is one. */
export function printFigure(what: string, value: string, goal = ""): void {
  process.stdout.write(`  ${what.padEnd(46)} ${value.padStart(14)}${goal && `   (goal: ${goal})`}\n`);
}

/** Medians of times, with the fastest and the slowest. */
export function printTimes(what: string, milliseconds: readonly number[], goal?: string): void {
  const range = `${Math.min(...milliseconds).toFixed(0)}–${Math.max(...milliseconds).toFixed(0)}`;
  printFigure(`${what}, median of ${milliseconds.length}`, `${median(milliseconds).toFixed(1)} ms`, goal);
  printFigure("    fastest and slowest", `${range} ms`);
}
