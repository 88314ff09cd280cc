/** Calls about instances, as the engine of component tests answers them. */

import type { Instance } from "../../shared/contract/instances.ts";
import { Problem } from "../../shared/problem.ts";
import type { FakeContract } from "./fake-contract.ts";
import type { FakeState } from "./fake-world.ts";

export function instanceCalls({ instances: os }: FakeContract, engine: FakeState) {
  const { world } = engine;
  const find = (id: string) => engine.find(id);
  const become = (id: string, change: Partial<Instance>) => engine.become(id, () => change);
  const deletedInstances: Instance[] = [];
  return {
    list: os.list.handler(() => world.instances),
    get: os.get.handler(({ input }) => find(input.id)),
    create: os.create.handler(({ input }) => world.create(input)),
    checkPorts: os.checkPorts.handler(({ input }) => world.conflicts(input.ports)),
    buildAndRun: os.buildAndRun.handler(() => engine.startTask()),
    start: os.start.handler(({ input }) => become(input.id, { state: "running" })),
    stop: os.stop.handler(({ input }) => become(input.id, { state: "stopping" })),
    kill: os.kill.handler(({ input }) => become(input.id, { state: "exited", exit: { reason: "killed" } })),
    restart: os.restart.handler(({ input }) => become(input.id, { state: "running" })),
    pause: os.pause.handler(({ input }) => become(input.id, { state: "paused", pauseReason: "asked" })),
    resume: os.resume.handler(({ input }) => become(input.id, { state: "running", pauseReason: undefined })),
    rename: os.rename.handler(({ input: { id, name } }) => become(id, { name })),
    duplicate: os.duplicate.handler(({ input }) => {
      const copy = {
        ...find(input.id),
        id: `${input.id}-2`,
        name: `${find(input.id).name}-2`,
        state: "created" as const,
      };
      world.instances = [...world.instances, copy];
      engine.tell({ instances: { upsert: [copy], remove: [] } });
      return copy;
    }),
    restore: os.restore.handler(({ input: { id } }) => {
      const deleted = deletedInstances.find((one) => one.id === id);
      if (!deleted) throw new Problem("instance.not-found", "This deletion can no longer be undone");
      world.instances = [...world.instances, deleted];
      engine.tell({ instances: { upsert: [deleted], remove: [] } });
      return deleted;
    }),
    remove: os.remove.handler(({ input: { id } }) => {
      deletedInstances.push(find(id));
      world.instances = world.instances.filter((instance) => instance.id !== id);
      engine.tell({ instances: { upsert: [], remove: [id] } });
      return { id };
    }),
    console: os.console.handler(({ input: { id, from, follow, maxBytes }, signal }) =>
      engine.console(id, from, follow, signal, maxBytes),
    ),
    trace: os.trace.handler(async function* ({ input }) {
      const text = world.traces[input.id] ?? "";
      if (text.length > input.from) yield { offset: input.from, end: text.length, text: text.slice(input.from) };
    }),
    addPort: os.addPort.handler(({ input: { id, forward } }) => become(id, { ports: [...find(id).ports, forward] })),
    removePort: os.removePort.handler(({ input: { id, host } }) =>
      become(id, { ports: find(id).ports.filter((port) => port.host !== host) }),
    ),
    setBridges: os.setBridges.handler(({ input: { id, bridges } }) => become(id, { bridges })),
    setNetworks: os.setNetworks.handler(({ input: { id, networks } }) => become(id, { networks })),
    feed: os.feed.handler(() => ({ accepted: true })),
    holdInput: os.holdInput.handler(async function* () {
      yield { held: true as const };
    }),
    input: os.input.handler(({ input }) => ({ accepted: Buffer.from(input.bytes, "base64").length })),
    disk: os.disk.handler(({ input }) => ({ ...world, image: `instance:${input.id}` })),
    log: os.log.handler(({ input }) => world.logs[input.id] ?? []),
  };
}
