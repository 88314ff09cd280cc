/**
 * Instances whose folder can't be understood: its record is damaged, or something is in it that is no file. They are shown,
 * with their folder and the reason, and can be deleted. Nothing else is done with them.
 */

import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { ImageName } from "../../../shared/contract/images.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import type { FoundMachine, Hypervisors } from "../hypervisors/hypervisors.ts";
import { type InstanceFiles, instanceFiles, socketFolderFor } from "../hypervisors/instance-files.ts";
import { isPipeOf } from "../hypervisors/pipes.ts";
import { readRegular, refuseSpecial } from "../lib/open-regular.ts";
import { parseJson } from "../lib/parse-json.ts";

const MAX_READ_BYTES = 1 << 20;
const MAX_REASON_LENGTH = 500;

/** What may still be legible. */
const Remains = z.object({
  name: ImageName.optional().catch(undefined),
  image: z.string().max(300).optional().catch(undefined),
});

export class DamagedInstance {
  readonly id: string;
  readonly files: InstanceFiles;
  /** The machine that runs in spite of it. */
  readonly machine: FoundMachine | undefined;
  readonly #shown: Instance;

  private constructor(files: InstanceFiles, machine: FoundMachine | undefined, shown: Instance) {
    this.id = shown.id;
    this.files = files;
    this.machine = machine;
    this.#shown = shown;
  }

  static async in(folder: string, machine: FoundMachine | undefined, error: unknown): Promise<DamagedInstance> {
    const id = basename(folder);
    const files = instanceFiles(folder, socketFolderFor(folder, id));
    const text = await readRegular(files.record, MAX_READ_BYTES).catch(() => "");
    const { name = id, image = "" } = Remains.safeParse(parseJson(text)).data ?? {};
    const { birthtimeMs, mtimeMs } = await stat(folder);
    const shown: Instance = {
      ...{ id, name, image, state: "damaged", hypervisor: machine?.hypervisor ?? "none", options: {} },
      kernel: { kind: "unknown" },
      ...{ memoryBytes: 0, cpus: 1, ports: [], pendingPorts: [], networks: [], bridges: [], addresses: [] },
      ...{ listening: [], capture: { on: false, isFull: false, files: [] }, echo: false, trace: false, runs: 0 },
      ...{ times: { created: birthtimeMs || mtimeMs || 1 }, milestones: [], commandLine: [], consoleBytes: 0 },
      pid: machine?.handle.pid,
      damage: { folder, reason: reasonOf(error) },
    };
    return new DamagedInstance(files, machine, shown);
  }

  view(): Instance {
    return this.#shown;
  }

  /** What every call but a deletion is answered with. */
  problem(): Problem {
    const { name, damage } = this.#shown;
    return new Problem("instance.damaged", `${name} is damaged: ${damage?.reason}`, {
      hint: `Repair ${damage?.folder} and restart Unideck, or delete the instance.`,
    });
  }

  /** Ends its machine where one runs, and moves its folder to `trash`. */
  async moveTo(trash: string, hypervisors: Hypervisors): Promise<void> {
    if (this.machine) {
      const { hypervisor, handle } = this.machine;
      const machine = hypervisors.get(hypervisor).adopt(handle, this.files, 0);
      machine.kill();
      await machine.ended;
    }
    await rename(this.files.folder, trash);
    if (this.files.socketFolder !== this.files.folder)
      await rm(this.files.socketFolder, { recursive: true, force: true });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) {
    const [first] = error.issues;
    return `instance.json is not a valid record (${first?.path.map(String).join(".") || "as a whole"}: ${first?.message})`;
  }
  if (error instanceof SyntaxError) return `instance.json is not valid JSON (${error.message})`;
  const text = error instanceof Error ? error.message : String(error);
  return text.slice(0, MAX_REASON_LENGTH);
}

/**
 * Throws file.unsupported, file.is-directory where something in an instance's folder is not what Unideck has put there:
 * QEMU and the engine would wait for ever on opening a pipe, and a device does as it likes.
 */
export async function refuseOddFiles(files: InstanceFiles): Promise<void> {
  const known = Object.values(files).filter((path) => path !== files.captures && path !== files.socketFolder);
  const hint = "Delete the instance.";
  for (const entry of await readdir(files.folder, { withFileTypes: true })) {
    const path = join(files.folder, entry.name);
    if (entry.isFIFO() && isPipeOf(files.folder, entry.name)) continue;
    if (entry.isFile() || (entry.isSocket() && entry.name.endsWith(".sock"))) continue;
    if (entry.isDirectory() && !known.includes(path)) continue;
    const facts = await stat(path).catch(() => undefined);
    if (facts && !(facts.isDirectory() && !known.includes(path))) refuseSpecial(path, facts, hint);
  }
}
