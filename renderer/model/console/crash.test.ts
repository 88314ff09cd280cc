import { describe, expect, test } from "vitest";
import { CrashScanner, crashFact, crashWords, parseCrash } from "./crash.ts";

/** As Pith writes it (kernel/proc/crash.c). */
const report = [
  "--- crash ---",
  "signal: SIGSEGV (11)",
  "address: 0x18",
  "access: read",
  "cause: nothing is mapped there",
  "mapping: nothing",
  "thread: 3",
  "rip: parse_row + 0x31 (0x401c41)",
  "rax: 0x0000000000000000",
  "#0 parse_row + 0x31 (0x401c41)",
  "#1 read_file + 0x1a8 (0x401800)",
  "--- end ---",
].join("\r\n");
const bytes = (text: string) => new TextEncoder().encode(text);
const scan = (...pieces: string[]) => {
  const scanner = new CrashScanner();
  for (const piece of pieces) scanner.push(bytes(piece));
  return scanner.report;
};

describe("a crash report in the console", () => {
  test("is found among other output, with its facts and frames in order", () => {
    const found = scan(`row 1200\n${report}\nafter`);

    expect(crashFact(found, "rip")).toBe("parse_row + 0x31 (0x401c41)");
    expect(found?.frames).toEqual(["parse_row + 0x31 (0x401c41)", "read_file + 0x1a8 (0x401800)"]);
  });

  test("is found however it is cut into pieces", () => {
    for (let at = 1; at < report.length; at += 7) {
      expect(scan(report.slice(0, at), report.slice(at))?.frames).toHaveLength(2);
    }
  });

  test("is the latest where there are several", () => {
    const second = report.replace("0x18", "0x20");

    expect(crashFact(scan(report, second), "address")).toBe("0x20");
  });

  test("that never ends holds no more than its limit in memory, and the next one is found", () => {
    const scanner = new CrashScanner();

    scanner.push(bytes("--- crash ---\n"));
    for (let piece = 0; piece < 40; piece++) scanner.push(bytes("x".repeat(4096)));

    expect(scanner.report).toBeUndefined();
    expect(scanner.push(bytes(report))).toBe(true);
  });

  test("is read without the colours that a guest may put into it", () => {
    expect(parseCrash("\u001b[31msignal\u001b[0m: SIGBUS").facts).toEqual([{ key: "signal", value: "SIGBUS" }]);
  });

  test("is harmless whatever stands in it", () => {
    const noise = Array.from({ length: 5000 }, (_, at) => String.fromCharCode((at * 7919) % 256)).join("");

    expect(() => parseCrash(noise)).not.toThrow();
  });
});

describe("what is said about a crash", () => {
  const words = (block: string, exit = {}) => crashWords(exit, parseCrash(block));

  test("names access, address and cause, and knows a member of a null pointer", () => {
    expect(words(report)).toEqual({
      title: "The program read address 0x18: nothing is mapped there",
      advice: "A null pointer plus 24 bytes is the usual cause.",
    });
  });

  test("knows a null pointer itself", () => {
    expect(words("signal: SIGSEGV\naddress: 0x0\naccess: write\ncause: nothing is mapped there")).toEqual({
      title: "The program wrote to address 0x0: nothing is mapped there",
      advice: "It followed a null pointer.",
    });
  });

  test.each([
    ["SIGABRT", /program aborted/],
    ["SIGFPE", /divided by zero/],
    ["SIGILL", /instruction that this processor does not have/],
    ["SIGUSR1", /ended by SIGUSR1/],
  ])("%s has its own words", (signal, title) => {
    expect(crashWords({ signal }, undefined).title).toMatch(title);
  });

  test("a crash of the kernel is not blamed on the program", () => {
    expect(crashWords({ code: 125 }, undefined).title).toBe("The kernel crashed");
    expect(words("kernel: 0.1\ncause: double fault", { code: 125 }).title).toBe("The kernel crashed: double fault");
  });
});
