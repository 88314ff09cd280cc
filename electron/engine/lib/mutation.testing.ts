/** What fuzzers share: numbers that are the same on every run, and changes to bytes. */

/** Mulberry32: the same numbers on every run. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A copy of `bytes` with a few changes between `from` and `to`. */
export function mutate(bytes: Buffer, from: number, to: number, random: (below: number) => number): Buffer {
  const copy = Buffer.from(bytes);
  for (let changes = 1 + random(2); changes > 0; changes--) {
    const at = from + random(to - from);
    const kind = random(5);
    if (kind === 0) copy[at] = random(256);
    else if (kind === 1) copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
    else if (kind === 2) copy[at] = [0, 0x7f, 0x80, 0xff][random(4)] ?? 0;
    else if (kind === 3) copy.copyWithin(at, from + random(to - from), Math.min(to, at + random(64)));
    else copy.fill(random(256), at, Math.min(to, at + random(16)));
  }
  return copy;
}
