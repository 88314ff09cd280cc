/** An engine in homes of its own, with an image of a small static program. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../e2e/support/programs.ts";
import { type Engine, openEngine } from "../electron/engine/engine.ts";
import { resolveHomes } from "../electron/engine/homes.ts";
import { findResources } from "../electron/resources.ts";
import { BuildWishes } from "../shared/contract/images.ts";
import { type Instance, InstanceWishes } from "../shared/contract/instances.ts";

export class BenchEngine implements AsyncDisposable {
  readonly #folder: string;
  readonly engine: Engine;

  private constructor(folder: string, engine: Engine) {
    this.#folder = folder;
    this.engine = engine;
  }

  static async open(): Promise<BenchEngine> {
    const folder = await mkdtemp(join(tmpdir(), "unideck-bench-"));
    const homes = resolveHomes({ OPS_HOME: folder, UNIDECK_HOME: join(folder, ".unideck") }, folder);
    const engine = await openEngine({ homes, resources: findResources() });
    return new BenchEngine(folder, engine);
  }

  /** Builds an image of the static hello; its name. */
  async buildHello(): Promise<string> {
    const wishes = BuildWishes.parse({ program: program("hello.c"), name: "hello" });
    for await (const task of this.engine.tasks.follow(this.engine.build(wishes).id))
      if (task.problem) throw new Error(task.problem.message);
    return "hello";
  }

  /** Runs an image to its end and forgets the instance; the instance as it ended. */
  async runToEnd(image: string, wishes: Partial<InstanceWishes>, timeoutMs = 20_000): Promise<Instance> {
    const { id } = await this.engine.instances.create({ image, wishes: InstanceWishes.parse(wishes), start: true });
    try {
      return await this.#ended(id, timeoutMs);
    } finally {
      await this.engine.instances.remove(id, { force: true });
    }
  }

  #ended(id: string, timeoutMs: number): Promise<Instance> {
    const { events, instances } = this.engine;
    return new Promise((resolve, reject) => {
      const look = () => {
        const instance = instances.get(id);
        if (instance.state !== "exited" && instance.state !== "failed") return;
        clearTimeout(timer);
        stop();
        resolve(instance);
      };
      const stop = events.listen(look);
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`still running after ${timeoutMs} ms`));
      }, timeoutMs);
      look();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
