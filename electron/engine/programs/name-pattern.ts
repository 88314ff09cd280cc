/** Patterns for file names, as shells and OPS have them: `*`, `?`, `[a-z]`, `[^a]`, `\x`. Pure. */

type Part = { kind: "many" } | { kind: "one"; fits: (letter: string) => boolean };

/** Whether `name` fits the whole of `pattern`. A pattern that is none fits nothing. Time: lengths multiplied. */
export function fitsPattern(name: string, pattern: string): boolean {
  const parts = readPattern(pattern);
  if (!parts) return false;
  const letters = [...name];
  let [part, letter] = [0, 0];
  /** Where to go on if what follows the last `*` does not fit: it takes one letter more. */
  let retry: { part: number; letter: number } | undefined;
  while (letter < letters.length) {
    const now = parts[part];
    if (now?.kind === "many") {
      part++;
      retry = { part, letter };
    } else if (now?.fits(letters[letter] ?? "")) {
      part++;
      letter++;
    } else if (retry) {
      retry.letter++;
      ({ part, letter } = retry);
    } else return false;
  }
  return parts.slice(part).every(({ kind }) => kind === "many");
}

function readPattern(pattern: string): Part[] | undefined {
  const letters = [...pattern];
  const parts: Part[] = [];
  for (let at = 0; at < letters.length; at++) {
    const letter = letters[at] ?? "";
    if (letter === "*") parts.push({ kind: "many" });
    else if (letter === "?") parts.push({ kind: "one", fits: () => true });
    else if (letter === "[") {
      const end = letters.indexOf("]", at + 2);
      if (end < 0) return undefined;
      parts.push({ kind: "one", fits: readSet(letters.slice(at + 1, end)) });
      at = end;
    } else {
      const literal = letter === "\\" ? letters[++at] : letter;
      if (literal === undefined) return undefined;
      parts.push({ kind: "one", fits: (other) => other === literal });
    }
  }
  return parts;
}

function readSet(letters: string[]): (letter: string) => boolean {
  const isNot = letters[0] === "^";
  const ranges: [string, string][] = [];
  for (let at = isNot ? 1 : 0; at < letters.length; at++) {
    const first = letters[at] ?? "";
    const isRange = letters[at + 1] === "-" && at + 2 < letters.length;
    ranges.push([first, isRange ? (letters[at + 2] ?? "") : first]);
    if (isRange) at += 2;
  }
  return (letter) => ranges.some(([first, last]) => letter >= first && letter <= last) !== isNot;
}
