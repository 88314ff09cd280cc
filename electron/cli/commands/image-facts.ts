/** `unideck images show`, `env`, `check`, `sbom`: what is known of an image, by any tool. */

import { resolve } from "node:path";
import type { ImageDetails, ImageFinding } from "../../../shared/contract/image-contents.ts";
import { visibleJson } from "../../../shared/visible-text.ts";
import { writeChosenFile } from "../../engine/lib/chosen-file.ts";
import { ExitCode, ExitWith } from "../failure.ts";
import { imageReference } from "../image-reference.ts";
import { formatBytes, print, writeJson } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface ShowOptions {
  json: boolean;
  digest: boolean;
}

export async function showImage(name: string, { json, digest }: ShowOptions): Promise<void> {
  const image = imageReference(name);
  const details = await withEngine(
    async (client) => ({
      ...(await client.imageContents.show({ image })),
      ...(digest && (await client.imageContents.digest({ image }))),
    }),
    { isBrief: true },
  );
  print(details, { json, text: () => formatDetails(details) });
}

export async function showEnvironment(name: string, { json }: { json: boolean }): Promise<void> {
  const { manifest } = await withEngine((client) => client.imageContents.show({ image: imageReference(name) }), {
    isBrief: true,
  });
  const environment = Object.fromEntries(textsOf(manifest.environment));
  const lines = Object.entries(environment).map(([variable, value]) => `${variable}=${value}`);
  print(environment, { json, text: () => lines });
}

/** To standard output, or whole into a file. */
export async function writeSbom(name: string, { json, out }: { json: boolean; out?: string }): Promise<void> {
  const sbom = await withEngine((client) => client.imageContents.sbom({ image: imageReference(name) }), {
    isBrief: true,
  });
  if (out === undefined) return writeJson(sbom, 2);
  const path = resolve(out);
  await writeChosenFile(path, (file) => file.writeFile(`${visibleJson(sbom, 2)}\n`));
  print({ path }, { json, text: () => "" });
}

/** Ends with 1 where something is found that keeps the image from working. */
export async function checkImage(name: string, { json }: { json: boolean }): Promise<void> {
  const findings = await withEngine((client) => client.imageContents.check({ image: imageReference(name) }), {
    isBrief: true,
  });
  print(findings, { json, text: () => formatFindings(findings) });
  if (findings.some(({ level }) => level === "error")) throw new ExitWith(ExitCode.failed);
}

function formatDetails(details: ImageDetails & { sha256?: string }): string[] {
  const { kernel, program, root, manifest, build, crashLog } = details;
  const facts: [string, string | undefined][] = [
    ["image", details.image],
    ["file", details.path],
    ["size", formatBytes(details.sizeBytes)],
    ["digest", details.sha256 && `sha256:${details.sha256}`],
    ["layout", { bios: "BIOS", uefi: "UEFI", volume: "a volume, without partitions" }[details.layout]],
    ["architecture", details.architecture],
    ["kernel", kernel && [kernel.kind, kernel.version, `sha256:${kernel.sha256}`].filter(Boolean).join(" ")],
    ["klibs", details.klibs.join(", ") || undefined],
    ["program", program ? `${program.path}, ${formatBytes(program.sizeBytes)}` : String(manifest.program ?? "none")],
    ["", program && `sha256:${program.sha256}`],
    ["built from", build && `${build.program.path} at ${build.builtAt}`],
    ["arguments", Array.isArray(manifest.arguments) ? manifest.arguments.map(String).join(" ") : undefined],
    ["uuid", root.uuid],
    ["label", root.label || undefined],
    [
      "contents",
      `${root.files} files, ${root.directories} folders, ${root.links} links; ${formatBytes(root.contentBytes)} of files, ${formatBytes(root.logBytes)} of log, ${formatBytes(root.freeBytes)} free`,
    ],
    ["crash log", crashLog && `the program ended with ${crashLog.code}`],
  ];
  const others = Object.keys(manifest).filter((key) => !["program", "arguments", "environment"].includes(key));
  const lines = facts.flatMap(([name, fact]) => (fact ? [factLine(name, fact)] : []));
  for (const [variable, value] of textsOf(manifest.environment))
    lines.push(factLine("variable", `${variable}=${value}`));
  for (const key of others) lines.push(factLine("manifest", `${key} = ${JSON.stringify(manifest[key])}`));
  for (const library of details.libraries) lines.push(factLine("library", library));
  return lines;
}

const factLine = (name: string, fact: string) => `${(name && `${name}:`).padEnd(14)}${fact}`;

/** Names and values of a part of the manifest that holds texts. */
function textsOf(value: unknown): [string, string][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, text]) => [name, String(text)]);
}

function formatFindings(findings: ImageFinding[]): string[] {
  if (findings.length === 0) return ["No problems found."];
  return findings.flatMap(({ level, part, message, hint }) => [
    `${level}: ${part}: ${message}`,
    ...(hint ? [`  ${hint}`] : []),
  ]);
}
