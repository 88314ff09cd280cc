/** The router: each call of the contract led to the engine. The one way in, for every host. */

import { implement } from "@orpc/server";
import type { EngineEvent } from "../../shared/contract/events.ts";
import type { BuildSpec, Placement } from "../../shared/contract/images.ts";
import { contract } from "../../shared/contract/index.ts";
import type { Engine } from "../engine/engine.ts";
import { expandHome } from "../engine/lib/home-path.ts";
import { ChangeQueue } from "./change-queue.ts";
import { bugError, problemOf, wireError } from "./problem-errors.ts";

export type EngineRouter = ReturnType<typeof createRouter>;

/** A build whose paths on the host are absolute. */
function withHostPaths(build: BuildSpec): BuildSpec {
  const placed = ({ host, guest }: Placement) => ({ host: expandHome(host), guest });
  return {
    ...build,
    program: expandHome(build.program),
    files: build.files.map(placed),
    folders: build.folders.map(placed),
    kernel: expandHome(build.kernel),
    klibFolder: expandHome(build.klibFolder),
    sysroot: expandHome(build.sysroot),
    out: expandHome(build.out),
  };
}

export function createRouter(engine: Engine) {
  /** Problems become the errors that the contract names; what is none is logged and told without its inside. */
  const told = (error: unknown, path: readonly string[], signal: AbortSignal | undefined): unknown => {
    // Nobody hears the end of a call that was given up.
    if (signal?.aborted) return error;
    const problem = problemOf(error);
    if (problem) return wireError(problem);
    engine.log.error(path.join("."), error);
    return bugError();
  };

  const os = implement(contract).use(async ({ next, path, signal }) => {
    try {
      const result = await next();
      const { output } = result;
      return isStream(output)
        ? { ...result, output: tellErrors(output, (error) => told(error, path, signal)) }
        : result;
    } catch (error) {
      throw told(error, path, signal);
    }
  });
  const { bridges, images, inside, instances, kernels, networks, releases, tasks, settings, staging } = engine;

  return os.router({
    programs: {
      inspect: os.programs.inspect.handler(({ input }) =>
        engine.inspect(expandHome(input.path), expandHome(input.sysroot)),
      ),
      runtime: os.programs.runtime.handler(({ input }) => engine.runtime(expandHome(input.path))),
      sample: os.programs.sample.handler(async () => ({ path: await engine.sample() })),
    },
    configurations: {
      open: os.configurations.open.handler(({ input }) =>
        engine.openConfiguration({ ...input, path: expandHome(input.path) }),
      ),
    },
    images: {
      list: os.images.list.handler(() => images.list()),
      get: os.images.get.handler(({ input }) => images.get(input.name)),
      build: os.images.build.handler(({ input }) => engine.build(withHostPaths(input))),
      remove: os.images.remove.handler(async ({ input: { name, force } }) => {
        await engine.removeImage(name, force);
        return { name };
      }),
    },
    inside: {
      show: os.inside.show.handler(({ input, signal }) => inside.show(input.image, signal)),
      digest: os.inside.digest.handler(({ input, signal }) => inside.digest(input.image, signal)),
      sbom: os.inside.sbom.handler(async ({ input }) => ({ ...(await inside.sbom(input.image)) })),
      files: os.inside.files.handler(({ input }) => inside.files(input)),
      space: os.inside.space.handler(({ input }) => inside.space(input)),
      read: os.inside.read.handler(({ input }) => inside.read(input)),
      copyOut: os.inside.copyOut.handler(({ input }) => engine.copyOut({ ...input, to: expandHome(input.to) })),
      check: os.inside.check.handler(({ input }) => inside.check(input.image)),
    },
    instances: {
      list: os.instances.list.handler(() => instances.list()),
      get: os.instances.get.handler(({ input }) => instances.get(input.id)),
      create: os.instances.create.handler(({ input }) => instances.create(input)),
      buildAndRun: os.instances.buildAndRun.handler(({ input }) =>
        engine.buildAndRun({ ...input, build: withHostPaths(input.build) }),
      ),
      checkPorts: os.instances.checkPorts.handler(({ input }) => instances.checkPorts(input.ports, input.replace)),
      start: os.instances.start.handler(({ input }) => instances.start(input.id, input)),
      stop: os.instances.stop.handler(({ input }) => instances.stop(input.id)),
      kill: os.instances.kill.handler(({ input }) => instances.kill(input.id)),
      restart: os.instances.restart.handler(({ input }) => instances.restart(input.id)),
      pause: os.instances.pause.handler(({ input }) => instances.pause(input.id)),
      resume: os.instances.resume.handler(({ input }) => instances.resume(input.id)),
      rename: os.instances.rename.handler(({ input }) => instances.rename(input.id, input.name)),
      duplicate: os.instances.duplicate.handler(({ input }) => instances.duplicate(input.id, input.name)),
      remove: os.instances.remove.handler(({ input }) => instances.remove(input.id, input)),
      restore: os.instances.restore.handler(({ input }) => instances.restore(input.id)),
      console: os.instances.console.handler(({ input, signal }) => instances.console(input, signal)),
      trace: os.instances.trace.handler(({ input: { id, ...range }, signal }) =>
        instances.trace(id, { ...range, signal }),
      ),
      addPort: os.instances.addPort.handler(({ input }) => instances.addPort(input.id, input.forward)),
      removePort: os.instances.removePort.handler(({ input }) => instances.removePort(input.id, input)),
      setNetworks: os.instances.setNetworks.handler(({ input }) => instances.setNetworks(input.id, input.networks)),
      setBridges: os.instances.setBridges.handler(({ input }) => instances.setBridges(input.id, input.bridges)),
      feed: os.instances.feed.handler(({ input: { id, bytes, isEnd } }) =>
        instances.feed(id, Buffer.from(bytes, "base64"), isEnd),
      ),
      holdInput: os.instances.holdInput.handler(({ input, signal }) => instances.holdInput(input.id, signal)),
      input: os.instances.input.handler(({ input }) => instances.input(input.id, Buffer.from(input.bytes, "base64"))),
      disk: os.instances.disk.handler(({ input }) => instances.diskMoment(input.id)),
      log: os.instances.log.handler(({ input }) => instances.log(input.id)),
    },
    captures: {
      set: os.captures.set.handler(({ input }) => instances.setCapture(input.id, input.on)),
      read: os.captures.read.handler(({ input: { id, card, from } }) => instances.readCapture(id, card, from)),
    },
    kernels: {
      list: os.kernels.list.handler(() => kernels.list()),
      get: os.kernels.get.handler(({ input }) => kernels.resolve(expandHome(input.id))),
      available: os.kernels.available.handler(() => releases.available()),
      download: os.kernels.download.handler(({ input }) => releases.download(input.version)),
      import: os.kernels.import.handler(({ input }) => releases.import(expandHome(input.path), input.version)),
      remove: os.kernels.remove.handler(async ({ input: { id } }) => {
        await releases.remove(id);
        return { id };
      }),
      setDefault: os.kernels.setDefault.handler(async ({ input: { id } }) => {
        await releases.setDefault(id);
        return { id };
      }),
    },
    networks: {
      list: os.networks.list.handler(() => networks.list()),
      create: os.networks.create.handler(({ input }) => networks.create(input)),
      remove: os.networks.remove.handler(async ({ input: { name, force } }) => {
        await networks.remove(name, force);
        return { name };
      }),
      traffic: os.networks.traffic.handler(({ input, signal }) => engine.traffic(input.instance, signal)),
    },
    bridges: {
      list: os.bridges.list.handler(() => bridges.list()),
      host: os.bridges.host.handler(() => bridges.host()),
      plan: os.bridges.plan.handler(({ input }) => bridges.plan(input)),
      apply: os.bridges.apply.handler(({ input }) => bridges.apply(input)),
      confirm: os.bridges.confirm.handler(({ input }) => bridges.confirm(input.name)),
      undo: os.bridges.undo.handler(({ input: { name, ...how } }) => bridges.undo(name, how)),
    },
    tasks: {
      list: os.tasks.list.handler(() => tasks.list()),
      follow: os.tasks.follow.handler(({ input, signal }) => tasks.follow(input.id, signal)),
      cancel: os.tasks.cancel.handler(({ input }) => tasks.cancel(input.id)),
      retry: os.tasks.retry.handler(({ input }) => tasks.retry(input.id)),
      dismiss: os.tasks.dismiss.handler(({ input }) => {
        tasks.dismiss(input.id);
        return { id: input.id };
      }),
    },
    doctor: { run: os.doctor.run.handler(({ input }) => engine.doctor.run(input)) },
    settings: {
      get: os.settings.get.handler(() => settings.get()),
      change: os.settings.change.handler(({ input: { homes, ...others } }) =>
        settings.change({ ...others, homes: homes && { ...homes, ops: homes.ops && expandHome(homes.ops) } }),
      ),
    },
    staging: {
      begin: os.staging.begin.handler(({ input }) => staging.begin(input)),
      append: os.staging.append.handler(({ input }) =>
        staging.append(input.id, input.offset, Buffer.from(input.bytes, "base64")),
      ),
      finish: os.staging.finish.handler(({ input }) => staging.finish(input.id)),
      discard: os.staging.discard.handler(async ({ input }) => {
        await staging.discard(input.id);
        return { id: input.id };
      }),
    },
    events: { subscribe: os.events.subscribe.handler(({ signal }) => everyEvent(engine, signal)) },
  });
}

/** A snapshot, then all that changes. Listening begins before the snapshot is taken, so that nothing falls between. */
async function* everyEvent(engine: Engine, signal: AbortSignal | undefined): AsyncGenerator<EngineEvent> {
  const queue = new ChangeQueue();
  const unlisten = engine.events.listen((changes) => queue.push(changes));
  try {
    yield await engine.snapshot();
    for (;;) {
      const changes = await queue.take(signal);
      if (!changes) return;
      yield changes;
    }
  } finally {
    unlisten();
  }
}

function isStream(output: unknown): output is AsyncIterable<unknown> {
  return typeof output === "object" && output !== null && Symbol.asyncIterator in output;
}

async function* tellErrors(stream: AsyncIterable<unknown>, told: (error: unknown) => unknown): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch (error) {
    throw told(error);
  }
}
