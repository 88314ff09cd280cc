/** What a file is that is not an ELF program, and what to do then. */

import { ELF_MAGIC, type ElfHeader, Machine } from "../../../../shared/elf.ts";
import { Problem } from "../../../../shared/problem.ts";

/** Bytes of the beginning that `foreignProblem` wants to see. */
export const BEGINNING_BYTES = 256;

const HINT_LINUX =
  "Build it for Linux on x86-64: GOOS=linux GOARCH=amd64 go build, cargo build --target x86_64-unknown-linux-musl, or gcc -static on Linux.";

const MACH_O_MAGICS = ["feedface", "feedfacf", "cefaedfe", "cffaedfe", "cafebabf"];

/** Why a file that begins with `bytes` is no ELF file; undefined if it is one. */
export function foreignProblem(name: string, bytes: Buffer): Problem | undefined {
  const text = bytes.toString("latin1");
  const magic = bytes.toString("hex", 0, 4);
  if (text.startsWith(ELF_MAGIC)) return undefined;
  if (MACH_O_MAGICS.includes(magic) || (magic === "cafebabe" && isFatMachO(bytes)))
    return new Problem("elf.wrong-os", `${name} is a macOS program (Mach-O)`, { hint: HINT_LINUX });
  if (magic === "cafebabe")
    return new Problem("elf.not-elf", `${name} is a Java class file`, {
      hint: "Build an image from the Java runtime, with the class files added.",
    });
  if (text.startsWith("MZ")) return new Problem("elf.wrong-os", `${name} is a Windows program`, { hint: HINT_LINUX });
  if (text.startsWith("#!")) {
    const interpreter = /^#!\s*([^\r\n]*)/.exec(text)?.[1]?.trim();
    return new Problem("elf.script", `${name} is a script${interpreter ? ` for ${interpreter}` : ""}, not a program`, {
      hint: "A unikernel runs one program. Build an image from the interpreter, with the script added as a file and as its argument.",
    });
  }
  const known = knownFormat(text);
  return new Problem("elf.not-elf", `${name} is ${known?.what ?? "not a program"}`, {
    hint: known?.hint ?? "Choose a Linux ELF program for x86-64.",
  });
}

/** A fat Mach-O counts its few architectures where a class file has its version, 45 and up. */
function isFatMachO(bytes: Buffer): boolean {
  return bytes.length >= 8 && bytes.readUInt32BE(4) < 45;
}

const UNPACK = "Unpack it and choose the program inside.";

/** Files that people take for programs, by their first bytes. */
const knownFormats: { magic: string; what: string; hint: string }[] = [
  { magic: "PK\x03\x04", what: "a ZIP archive", hint: UNPACK },
  { magic: "\x1f\x8b", what: "compressed with gzip", hint: UNPACK },
  { magic: "\xfd7zXZ", what: "compressed with xz", hint: UNPACK },
  { magic: "\x28\xb5\x2f\xfd", what: "compressed with zstd", hint: UNPACK },
  { magic: "!<arch>\ndebian-binary", what: "a Debian package", hint: UNPACK },
  { magic: "\xed\xab\xee\xdb", what: "an RPM package", hint: UNPACK },
  { magic: "!<arch>\n", what: "a static library", hint: "Link a program with it, and choose that." },
  {
    magic: "\0asm",
    what: "a WebAssembly module",
    hint: "Build an image from a WebAssembly runtime, with the module added.",
  },
  { magic: "QFI\xfb", what: "a disk image (qcow2)", hint: "Choose the program that it was made from." },
];

function knownFormat(text: string) {
  return knownFormats.find(({ magic }) => text.startsWith(magic));
}

const architectureNames: Record<number, string> = {
  2: "SPARC",
  3: "x86 (32-bit)",
  8: "MIPS",
  20: "PowerPC",
  21: "PowerPC 64",
  22: "s390x",
  40: "ARM (32-bit)",
  43: "SPARC 64",
  [Machine.x86_64]: "x86-64",
  [Machine.arm64]: "arm64",
  243: "RISC-V",
  247: "BPF",
  258: "LoongArch",
};

/** `x86-64`, `arm64`, … or `machine 243` where there is no name for it. */
export function architectureName(machine: number): string {
  return architectureNames[machine] ?? `machine ${machine}`;
}

const otherSystems: Record<number, string> = { 1: "HP-UX", 2: "NetBSD", 6: "Solaris", 9: "FreeBSD", 12: "OpenBSD" };
const otherLoaders: [prefix: string, system: string][] = [
  ["/libexec/ld-elf", "FreeBSD"],
  ["/usr/libexec/ld.so", "OpenBSD"],
  ["/libexec/ld.elf_so", "NetBSD"],
  ["/usr/lib/amd64/ld.so", "Solaris"],
  ["/system/bin/linker", "Android"],
];

/** Why an ELF file can't run on x86-64 Linux; undefined if nothing speaks against it. */
export function machineProblem(name: string, header: ElfHeader): Problem | undefined {
  const system = otherSystems[header.osAbi];
  if (system) return new Problem("elf.wrong-os", `${name} is a program for ${system}`, { hint: HINT_LINUX });
  if (header.machine === Machine.x86_64 && header.bits === 64 && header.isLittleEndian) return undefined;
  const what =
    header.machine === Machine.x86_64 && header.bits === 32
      ? "32-bit x86-64 (x32)"
      : architectureName(header.machine) + (header.isLittleEndian ? "" : ", big-endian");
  return new Problem("elf.wrong-architecture", `${name} is a program for ${what}; images are built for x86-64`, {
    hint: "Build it for x86-64: GOARCH=amd64 go build, cargo build --target x86_64-unknown-linux-musl, or gcc -m64.",
  });
}

/** The same by the loader that it asks for. */
export function loaderProblem(name: string, interpreter: string | undefined): Problem | undefined {
  const system = otherLoaders.find(([prefix]) => interpreter?.startsWith(prefix))?.[1];
  return system ? new Problem("elf.wrong-os", `${name} is a program for ${system}`, { hint: HINT_LINUX }) : undefined;
}
