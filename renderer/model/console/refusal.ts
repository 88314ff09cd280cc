/**
 * Programs that refuse to work on a system that is not called Linux, known by what they print. Pure; what is read comes from
 * a guest and is bounded. Which programs are known before they run: electron/engine/programs/reported-system.ts.
 */

/** What printed a refusal, by words that it does not print otherwise. More of them belong here, and nowhere else. */
const refusals: readonly { by: string; words: RegExp }[] = [
  { by: "Java's ProcessBuilder", words: /\bPith is not a supported OS platform/ },
  { by: "Netty", words: /IllegalStateException: Only supported on Linux/ },
  { by: "JNA", words: /\(com\/sun\/jna\/pith-[\w-]+\// },
  { by: "SQLite's driver for Java", words: /No native library found for os\.name=Pith\b/ },
  { by: "a Java library", words: /\bos(?:\.name)?['"]?\s?[=:]\s?['"]?pith\b|\bcannot find \/pith\//i },
  {
    by: "the program",
    words:
      /\b(?:unsupported|unknown|unrecognized) (?:operating system|os|platform|system)[^\n]{0,40}\bpith\b|\bpith\b[^\n]{0,20} is not (?:a )?supported\b/i,
  },
];

/** The last bytes of the console in which a refusal is looked for. */
const SCANNED_BYTES = 64 << 10;
/** Pith's own lines say what Pith does not support. */
const KERNEL_LINE = /^pith: .*$/gm;

/** Which part of a program refused the system's name, at the end of its output. */
export function findRefusal(output: string): string | undefined {
  const text = output.slice(-SCANNED_BYTES).replaceAll(KERNEL_LINE, "");
  return refusals.find(({ words }) => words.test(text))?.by;
}

/** Keeps the end of the output of one run. */
export class OutputEnd {
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice(-SCANNED_BYTES));
    this.#bytes += Math.min(bytes.length, SCANNED_BYTES);
    while (this.#bytes - (this.#pieces[0]?.length ?? 0) >= SCANNED_BYTES)
      this.#bytes -= this.#pieces.shift()?.length ?? 0;
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
  }

  text(): string {
    const decoder = new TextDecoder();
    return this.#pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + decoder.decode();
  }
}
