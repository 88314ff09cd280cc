/**
 * The report that Pith writes to the console when a program or the kernel itself crashes: the lines between
 * `--- crash ---` and `--- end ---`, as `key: value` and `#0 frame`. Pure; what it reads comes from a guest and is bounded.
 */

export interface CrashReport {
  /** In the order of the report; a key that comes again is a further entry. */
  facts: { key: string; value: string }[];
  /** `parse_row + 0x31`, innermost first. */
  frames: string[];
  /** Every other line. */
  rest: string[];
  /** The block as it was written. */
  text: string;
}

const BEGIN = "--- crash ---";
const END = "--- end ---";
/** A report longer than this is cut: it is a guest that writes it. */
const LONGEST = 64 * 1024;

/** Finds the latest crash report in a stream of console bytes, in pieces as they come. */
export class CrashScanner {
  report: CrashReport | undefined;
  #decoder = new TextDecoder();
  #tail = "";
  #inside = false;

  /** Answers whether a report was completed by these bytes. */
  push(bytes: Uint8Array): boolean {
    this.#tail += this.#decoder.decode(bytes, { stream: true });
    let found = false;
    for (;;) {
      if (!this.#inside) {
        const begin = this.#tail.indexOf(BEGIN);
        if (begin < 0) {
          this.#tail = this.#tail.slice(-BEGIN.length);
          return found;
        }
        this.#tail = this.#tail.slice(begin + BEGIN.length);
        this.#inside = true;
      }
      const end = this.#tail.indexOf(END);
      if (end < 0) {
        if (this.#tail.length <= LONGEST) return found;
        this.#inside = false;
        continue;
      }
      this.report = parseCrash(this.#tail.slice(0, end));
      found = true;
      this.#tail = this.#tail.slice(end + END.length);
      this.#inside = false;
    }
  }
}

/** Reads the inside of a crash block. */
export function parseCrash(block: string): CrashReport {
  const report: CrashReport = { facts: [], frames: [], rest: [], text: "" };
  const lines = block
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a guest may colour its report
    .replaceAll(/\u001b\[[0-9;?]*[A-Za-z]/g, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  report.text = lines.join("\n");
  for (const line of lines) {
    const frame = /^#\d+\s+(.*)$/.exec(line);
    const fact = /^([A-Za-z][\w .-]{0,30}):\s+(.*)$/.exec(line);
    if (frame?.[1] !== undefined) report.frames.push(frame[1]);
    else if (fact?.[1] !== undefined && fact[2] !== undefined) report.facts.push({ key: fact[1], value: fact[2] });
    else report.rest.push(line);
  }
  return report;
}

/** The first value of a key, case aside. */
export function crashFact(report: CrashReport | undefined, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const fact = report?.facts.find((entry) => entry.key.toLowerCase() === key);
    if (fact) return fact.value;
  }
  return undefined;
}

const causes: Readonly<Record<string, { title: string; advice: string }>> = {
  SIGSEGV: {
    title: "The program used memory that is not its own",
    advice:
      "A null or dangling pointer, or an index beyond an array, is the usual cause. Build with -g and -fsanitize=address and run it on Linux to see the line.",
  },
  SIGBUS: {
    title: "The program read beyond the end of a mapped file",
    advice: "A file became shorter while it was mapped, or an access was not aligned.",
  },
  SIGFPE: {
    title: "The program divided by zero",
    advice: "An integer division by zero, or one whose result does not fit.",
  },
  SIGILL: {
    title: "The program executed an instruction that this processor does not have",
    advice: "It may be built for a newer processor (-march=native), or it hit a trap inserted by the compiler.",
  },
  SIGABRT: {
    title: "The program aborted",
    advice:
      "It called abort(): a failed assertion, an uncaught exception, or a damaged heap. The lines before the crash say more.",
  },
  SIGTRAP: { title: "The program hit a trap", advice: "A breakpoint, or a check that its compiler put there." },
  SIGSYS: { title: "The program made a system call that is not allowed", advice: "The console names the call." },
};

/** What happened and what to try, in words. */
export function crashWords(
  exit: { code?: number | undefined; signal?: string | undefined },
  report: CrashReport | undefined,
): { title: string; advice: string } {
  if (exit.code === 125) {
    const cause = crashFact(report, "cause");
    return {
      title: cause ? `The kernel crashed: ${cause}` : "The kernel crashed",
      advice: "This is a bug in the kernel, not in the program. Please report it; another kernel may run the program.",
    };
  }
  const signal = exit.signal ?? crashFact(report, "signal")?.split(/[\s,(]/)[0];
  const cause = signal === undefined ? undefined : causes[signal];
  const address = crashFact(report, "address", "fault address")?.split(" ")[0];
  const found = crashFact(report, "cause");
  if (address !== undefined && (signal === "SIGSEGV" || signal === "SIGBUS")) {
    const did = accesses[crashFact(report, "access") ?? ""] ?? "used";
    return {
      title: found ? `The program ${did} address ${address}: ${found}` : `The program ${did} address ${address}`,
      advice: nearNull(address) ?? cause?.advice ?? UNKNOWN_ADVICE,
    };
  }
  return cause ?? { title: `The program was ended by ${signal ?? "a signal"}`, advice: UNKNOWN_ADVICE };
}

const UNKNOWN_ADVICE = "See the console for the cause.";
const accesses: Readonly<Record<string, string>> = { read: "read", write: "wrote to", execute: "jumped to" };

/** What an address in the first page is, nearly always. */
function nearNull(address: string): string | undefined {
  const at = Number.parseInt(address, 16);
  if (!(at < 4096)) return undefined;
  return at === 0 ? "It followed a null pointer." : `A null pointer plus ${at} bytes is the usual cause.`;
}
