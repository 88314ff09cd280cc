/** The beginning of a file as something to look at: as text where it is text, else as hexadecimal numbers. Pure. */

/** Control characters that no text has: all but tab, line feed, form feed, carriage return and escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NOT_IN_TEXT = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/;

/** The text that `bytes` are, undefined where they are none. `isWhole`: the file ends with them. */
export function textOf(bytes: Uint8Array, isWhole: boolean): string | undefined {
  try {
    // A character may be cut where the file goes on.
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !isWhole });
    return NOT_IN_TEXT.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

const ROW = 16;

/** `00000010  7f 45 4c 46 …  |.ELF…|`, sixteen bytes a line. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = [...bytes.subarray(at, at + ROW)];
    const numbers = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const halves = [numbers.slice(0, ROW / 2).join(" "), numbers.slice(ROW / 2).join(" ")];
    const signs = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "."));
    lines.push(`${at.toString(16).padStart(8, "0")}  ${halves.join("  ").padEnd(48)}  ${signs.join("")}`);
  }
  return lines.join("\n");
}
