/**
 * Text from outside, made safe to show: control characters could steer a terminal, characters that turn the direction of
 * writing could make a name look like another one.
 */

/** C0, DEL and C1; line and paragraph separators; the controls of bidirectional text. */
export const INVISIBLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** One line of text: each character that can't be seen is written as its bytes in UTF-8, such as `\x1b`. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, escapeBytes);
}

/** Text of several lines: as `visible`, but its line ends and tabs stay. */
export function visibleLines(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    character === "\n" || character === "\t" ? character : escapeBytes(character),
  );
}

/** JSON of the same value without a character that can't be seen; `JSON.stringify` itself leaves DEL, C1 and the rest. */
export function visibleJson(value: unknown, indent?: number): string {
  // Line ends are of the indentation alone: those in strings are escaped already.
  return JSON.stringify(value, undefined, indent).replace(INVISIBLE, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A character as `\xNN` for each of its bytes. */
export function escapeBytes(character: string): string {
  return Array.from(new TextEncoder().encode(character), escapeByte).join("");
}

export const escapeByte = (byte: number) => `\\x${byte.toString(16).padStart(2, "0")}`;
