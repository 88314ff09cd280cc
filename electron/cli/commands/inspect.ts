/** `unideck inspect`. */

import { resolve } from "node:path";
import type { Inspection } from "../../../shared/contract/programs.ts";
import { foundByWords } from "../../../shared/library-words.ts";
import { visible } from "../../../shared/visible-text.ts";
import { formatBytes, formatFacts, print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function inspect(elf: string, { json, sysroot }: { json: boolean; sysroot?: string }): Promise<void> {
  const wanted = { path: resolve(elf), sysroot: sysroot === undefined ? undefined : resolve(sysroot) };
  const inspection = await withEngine((client) => client.programs.inspect(wanted), { isBrief: true });
  print(inspection, { json, text: () => formatInspection(inspection) });
}

export function formatInspection({ program, libraries, findings, suggested }: Inspection): string {
  const facts: [string, string | undefined][] = [
    ["program", program.path],
    ["size", formatBytes(program.sizeBytes)],
    ["architecture", `${program.architecture}, ${program.bits} bits`],
    ["linkage", program.linkage],
    ["interpreter", program.interpreter],
    ["language", [program.language, program.toolchain].filter((part) => part !== undefined).join(", ")],
    ["build id", program.buildId],
    ["symbols", program.stripped ? "stripped" : "present"],
    ["suggested", `name ${suggested.name}, memory ${formatBytes(suggested.memoryBytes)}`],
  ];
  const lines: string[] = [];
  for (const library of libraries) {
    const { name, found, hostPath, optional, variants = [], searched } = library;
    const label = (optional ? "may open:" : "library:").padEnd(14);
    const by = foundByWords(library);
    const how = by ? ` (${by})` : "";
    lines.push(`${label}${name} ${found ? `→ ${hostPath}${how}` : `is missing (looked at ${searched.join(", ")})`}`);
    for (const variant of variants) lines.push(`${"".padEnd(14)}also ${variant.hostPath}`);
  }
  for (const { level, message, hint, places = [] } of findings) {
    lines.push(`${level}: ${message}`, ...(hint ? [`  ${hint}`] : []));
    for (const { call, within, address, fileOffset } of places)
      lines.push(
        `  ${call}${within ? ` in ${within}` : ""}, at 0x${address.toString(16)} (byte ${fileOffset} of the file)`,
      );
  }
  return formatFacts(facts) + lines.map((line) => `${visible(line)}\n`).join("");
}
