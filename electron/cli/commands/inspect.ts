/** `unideck inspect`. */

import { resolve } from "node:path";
import type { Inspection } from "../../../shared/contract/programs.ts";
import { formatBytes, print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

export async function inspect(elf: string, { json }: { json: boolean }): Promise<void> {
  const inspection = await withEngine((client) => client.programs.inspect({ path: resolve(elf) }), { isBrief: true });
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
  const lines = facts.flatMap(([name, fact]) => (fact === undefined ? [] : [`${`${name}:`.padEnd(14)}${fact}`]));
  for (const { name, found, hostPath, searched } of libraries)
    lines.push(
      `${"library:".padEnd(14)}${name} ${found ? `→ ${hostPath}` : `is missing (looked at ${searched.join(", ")})`}`,
    );
  for (const { level, message, hint } of findings) lines.push(`${level}: ${message}`, ...(hint ? [`  ${hint}`] : []));
  return `${lines.map((line) => line.replace(/\p{Cc}/gu, "?")).join("\n")}\n`;
}
