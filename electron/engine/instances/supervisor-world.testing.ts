/** Supervisors over one home, one after the other, with a guest that is a boot sector: it says “ready” and waits. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Instance, InstanceSpec } from "../../../shared/contract/instances.ts";
import { testHypervisors } from "../hypervisors/testing.ts";
import { testKeeper } from "../keeper/keeper.testing.ts";
import type { Keeper } from "../keeper/keeper.ts";
import { EventHub } from "../lib/event-hub.ts";
import { resolveHomes } from "../lib/homes.ts";
import { writeBootDisk } from "./boot-sector.testing.ts";
import { Supervisor } from "./supervisor.ts";
import type { SupervisorDeps } from "./supervisor-deps.ts";

export class SupervisorWorld implements AsyncDisposable {
  readonly folder: string;
  /** It serves all of them. */
  readonly keeper: Keeper;
  readonly #opened: Supervisor[] = [];

  private constructor(folder: string) {
    this.folder = folder;
    this.keeper = testKeeper(join(folder, "deck"));
  }

  get home(): string {
    return join(this.folder, "deck");
  }

  static async create(): Promise<SupervisorWorld> {
    const folder = await mkdtemp(join(tmpdir(), "unideck-vms-"));
    await writeBootDisk(join(folder, "disk"), "ready");
    return new SupervisorWorld(folder);
  }

  /** The next supervisor; the one before has been closed. `kind`: what its guest passes for. */
  async open(kind: "unknown" | "pith" = "unknown", deps: Partial<SupervisorDeps> = {}): Promise<Supervisor> {
    const { folder } = this;
    const one = new Supervisor({
      homes: resolveHomes({ OPS_HOME: folder, UNIDECK_HOME: this.home }, folder),
      events: new EventHub(),
      resolveImage: async () => ({ path: join(folder, "disk"), name: "guest" }),
      extractKernel: async (path) => ({ path, sha256: "", kind }),
      readCrashLog: async () => undefined,
      hypervisors: testHypervisors(this.home),
      keeper: this.keeper,
      stopTimes: { powerButtonMs: 100, quitMs: 3000 },
      ...deps,
    });
    this.#opened.push(one);
    await one.open();
    return one;
  }

  run(supervisor: Supervisor, some: Partial<InstanceSpec> = {}): Promise<Instance> {
    const spec = InstanceSpec.parse({
      memoryBytes: 16 * 2 ** 20,
      options: { accelerator: "tcg", machine: "q35" },
      ...some,
    });
    return supervisor.create({ image: "guest", spec, start: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const last = this.#opened.at(-1);
    for (const { id } of last?.list() ?? []) await last?.remove(id, { force: true });
    await Promise.all(this.#opened.splice(0).map((one) => one.close()));
    await this.keeper.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
