/**
 * Names in the order that people expect: punctuation, then numbers by their value, then letters whatever their case. It is the
 * order of Intl's collation, for ASCII, without the tables of that, which take longer to load than a short command has.
 */

const PUNCTUATION = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/** Negative where `a` stands before `b`. */
export function compareNaturally(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let at = 0; at < left.length && at < right.length; at++) {
    const difference = compareParts(left[at] ?? "", right[at] ?? "");
    if (difference !== 0) return difference;
  }
  return left.length - right.length || compareCase(a, b);
}

/** Numbers, and all other characters each for itself. */
const partsOf = (name: string) => name.match(/\d+|\D/gu) ?? [];

function compareParts(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return compareNumbers(a.replace(/^0+/, ""), b.replace(/^0+/, ""));
  return rankOf(a) - rankOf(b);
}

const isNumber = (part: string) => part >= "0" && part < ":";

/** Of any length, without zeros before them. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || Number(a > b) - Number(a < b);
}

function rankOf(part: string): number {
  const punctuation = PUNCTUATION.indexOf(part);
  if (punctuation >= 0) return punctuation;
  if (isNumber(part)) return PUNCTUATION.length;
  return PUNCTUATION.length + (part.toLowerCase().codePointAt(0) ?? 0);
}

/** Of names that are the same but for their case, the one with the small letter stands first; else as they are. */
function compareCase(a: string, b: string): number {
  return Number(a < b) - Number(a > b);
}
