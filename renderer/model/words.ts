/** Words of a line as a shell splits them: quotes, backslashes, no expansion of anything. Pure. */

export type Words = { words: string[] } | { error: string };

/** Splits `line`; an unclosed quote is an error with the place where it was opened. */
export function splitWords(line: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let quote: "'" | '"' | undefined;
  let openedAt = 0;
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? "";
    const next = line[at + 1];
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word += character;
    } else if (quote === '"') {
      if (character === '"') quote = undefined;
      else if (character === "\\" && (next === '"' || next === "\\" || next === "$" || next === "`")) {
        word += next;
        at++;
      } else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      openedAt = at;
      word ??= "";
    } else if (character === "\\") {
      if (next === undefined) return { error: "The backslash at the end escapes nothing." };
      word = (word ?? "") + next;
      at++;
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote) return { error: `The quote ${quote} at position ${openedAt + 1} is not closed.` };
  if (word !== undefined) words.push(word);
  return { words };
}

/** A line that `splitWords` reads as exactly these words. */
export function joinWords(words: readonly string[]): string {
  return words.map((word) => (/^[^\s'"\\]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
