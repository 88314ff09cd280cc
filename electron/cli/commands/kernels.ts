/** `unideck kernels …`: which kernels there are, and how others come and go. */

import { resolve } from "node:path";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { kernelNamed } from "../build-options.ts";
import { followTask } from "../follow-task.ts";
import { formatBytes, formatFacts, formatTable, print, writeLine } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface Options {
  json: boolean;
}

export async function listKernels({ json }: Options): Promise<void> {
  const { releases, settings } = await withEngine(
    async (client) => ({ releases: await client.kernels.list(), settings: await client.settings.get() }),
    { isBrief: true },
  );
  const found = releases.map((release) => ({ ...release, isDefault: release.id === settings.kernels.default }));
  const rows = found.map(({ id, kind, version, architecture, kernelBytes, klibs, path, isDefault }) => [
    isDefault ? `${id} *` : id,
    kind,
    version,
    architecture,
    formatBytes(kernelBytes),
    String(klibs.length),
    path,
  ]);
  const head = ["KERNEL", "KIND", "VERSION", "FOR", "SIZE", "KLIBS", "PATH"];
  print(found, { json, text: () => `${formatTable(head, rows)}\n* default kernel\n` });
}

export async function showKernel(id: string, { json }: Options): Promise<void> {
  const release = await withEngine((client) => client.kernels.get({ id: kernelNamed(id) }), { isBrief: true });
  print(release, { json, text: () => formatRelease(release) });
}

export async function listAvailable({ json }: Options): Promise<void> {
  const catalogue = await withEngine((client) => client.kernels.available(), { isBrief: true });
  const { releases, problem, address } = catalogue;
  const rows = releases.map(({ id, isNewest, isInstalled, sha256 }) => [
    id,
    [isNewest && "newest", isInstalled && "installed"].filter(Boolean).join(", "),
    sha256?.slice(0, 12) ?? "",
  ]);
  print(catalogue, { json, text: () => formatTable(["VERSION", "STATE", "SHA-256"], rows) });
  if (json) return;
  writeLine(problem ? `note: ${problem.message}. ${problem.hint ?? ""}` : `note: releases come from ${address}`);
  writeLine("note: other versions can be downloaded by number");
}

export async function getKernel(version: string, { json }: Options): Promise<void> {
  await withEngine(async (client) => {
    const task = await client.kernels.download({ version });
    const { kernel = "" } = await followTask(client, task, { terminal: process.stderr, quiet: json });
    print(await client.kernels.get({ id: kernel }), { json, text: () => [kernel] });
  });
}

export async function importKernel(file: string, { as, json }: Options & { as?: string }): Promise<void> {
  await withEngine(async (client) => {
    const task = await client.kernels.import({ path: resolve(file), version: as });
    const { kernel = "" } = await followTask(client, task, { terminal: process.stderr, quiet: json });
    print(await client.kernels.get({ id: kernel }), { json, text: () => [kernel] });
  });
}

export async function removeKernels(ids: string[], { json }: Options): Promise<void> {
  await withEngine(
    async (client) => {
      for (const id of ids) await client.kernels.remove({ id });
      print(
        ids.map((id) => ({ id })),
        { json, text: () => ids },
      );
    },
    { isBrief: true },
  );
}

/** Without an id it only says which one is the default. */
export async function defaultKernel(wanted: string | undefined, { json }: Options): Promise<void> {
  const id = await withEngine(
    async (client) => {
      if (wanted !== undefined) await client.kernels.setDefault({ id: kernelNamed(wanted) });
      return (await client.settings.get()).kernels.default;
    },
    { isBrief: true },
  );
  print({ id }, { json, text: () => [id] });
}

function formatRelease(release: KernelRelease): string {
  return formatFacts([
    ["kernel", release.id],
    ["kind", release.kind],
    ["version", release.version],
    ["architecture", release.architecture],
    ["size", formatBytes(release.kernelBytes)],
    ["path", release.path],
    ["from", release.from],
    ["sha-256", release.sha256],
    ["klibs", release.klibs.length > 0 ? release.klibs.join(", ") : "none"],
  ]);
}
