/** An engine in homes of its own, with an image of a small static program. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../e2e/support/programs.ts";
import { type Engine, openEngine } from "../electron/engine/engine.ts";
import { resolveHomes } from "../electron/engine/lib/homes.ts";
import { findResources } from "../electron/engine/lib/resources.ts";
import { BuildSpec } from "../shared/contract/images.ts";
import { type Instance, InstanceSpec } from "../shared/contract/instances.ts";

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

  get folder(): string {
    return this.#folder;
  }

  /** Builds an image of the static hello; its name. */
  buildHello(): Promise<string> {
    return this.build("hello.c", "hello");
  }

  /** Builds an image of a guest program, and of what `more` says; its name. */
  build(source: string, name: string, more: Partial<BuildSpec> = {}): Promise<string> {
    return this.buildFile(program(source), name, more);
  }

  /** The same of any program. */
  async buildFile(path: string, name: string, more: Partial<BuildSpec> = {}): Promise<string> {
    const spec = BuildSpec.parse({ program: path, name, ...more });
    const { id } = await this.engine.calls.images.build(spec, undefined);
    for await (const task of this.engine.tasks.follow(id)) if (task.problem) throw new Error(task.problem.message);
    return name;
  }

  /** Runs an image to its end, looks at the instance as it ended, and forgets it. */
  async runToEnd<T>(
    image: string,
    spec: Partial<InstanceSpec>,
    look: (ended: Instance) => Promise<T>,
    timeoutMs = 20_000,
  ): Promise<T> {
    const { id } = await this.engine.instances.create({ image, spec: InstanceSpec.parse(spec), start: true });
    try {
      return await look(await this.#ended(id, timeoutMs));
    } finally {
      await this.engine.instances.remove(id, { force: true });
    }
  }

  /** When QEMU's process was started, in milliseconds since 1970: the instance's log has the moment. */
  async launchedAt({ id }: Instance): Promise<number> {
    const lines = await this.engine.instances.log(id);
    const line = lines.find(({ text }) => text.startsWith("QEMU is process"));
    if (!line) throw new Error("the log does not say when QEMU was started");
    return line.at;
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

  /** Instances outlive their engine: those of a bench are ended before it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { instances } = this.engine;
    for (const { id } of instances.list()) await instances.remove(id, { force: true });
    await this.engine.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
