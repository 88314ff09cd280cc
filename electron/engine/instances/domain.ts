/** Instances: their machines, consoles, ports and captures. */

import { BuildAndRun } from "../../../shared/contract/instances.ts";
import { readCrashLog } from "../formats/disk/crash-log.ts";
import type { Hypervisors } from "../hypervisors/hypervisors.ts";
import { readAddresses } from "../images/addresses-in-image.ts";
import { type ImageWork, titleOf } from "../images/domain.ts";
import { extractKernel } from "../images/extract-kernel.ts";
import { withHostPaths } from "../images/paths.ts";
import { Keeper } from "../keeper/keeper.ts";
import { type Calls, taskKind } from "../lib/domain-parts.ts";
import type { World } from "../lib/world.ts";
import type { SettingsFile } from "../settings/settings-file.ts";
import type { TaskList, Worker } from "../tasks/task-list.ts";
import { Supervisor } from "./supervisor.ts";
import type { BridgeAttachments, NetworkMemberships } from "./supervisor-deps.ts";
import { upgradeBuildAndRun } from "./upgrade.ts";

interface Deps extends World {
  settings: SettingsFile;
  tasks: TaskList;
  imageWork: ImageWork;
  networks: NetworkMemberships & { keepMembers(instances: readonly string[]): Promise<void> };
  bridges: BridgeAttachments;
  hypervisors: Hypervisors;
}

export function instances(deps: Deps) {
  const { homes, resources, events, machines, warn, settings, tasks, imageWork, networks, bridges, hypervisors } = deps;
  const keeper = new Keeper({
    home: homes.unideck,
    program: resources.keeper,
    limits: () => {
      const { consoleLogBytes, traceLogBytes, captureBytes } = settings.get().limits;
      return { console: consoleLogBytes, trace: traceLogBytes, capture: captureBytes };
    },
    warn,
  });
  events.listen(({ settings: changed }) => changed && keeper.changeLimits());
  const all = new Supervisor({
    ...{ homes, events, networks, bridges, keeper, warn },
    ...{ extractKernel, readAddresses, readCrashLog },
    hypervisors,
    resolveImage: imageWork.resolve,
    captureBytes: () => settings.get().limits.captureBytes,
  });
  machines.answerBy(all);
  const buildingAndRunning =
    ({ build, spec, replace }: BuildAndRun): Worker =>
    async (control) => {
      // Before the work of a build whose instance could not start.
      await all.refuseBusyPorts(spec, replace);
      const built = await imageWork.build(build, control);
      control.phase("Starting");
      control.signal.throwIfAborted();
      const request = { image: build.out ? built.path : built.image, spec };
      const instance = await (replace === undefined
        ? all.create({ ...request, start: true })
        : all.replace(replace, request));
      return { ...built, instance: instance.id };
    };
  return {
    provides: { instances: all },
    calls: {
      instances: {
        list: () => all.list(),
        get: ({ id }) => all.get(id),
        create: (asked) => all.create(asked),
        buildAndRun: (asked) => {
          const input = { ...asked, build: withHostPaths(asked.build) };
          return tasks.start("run", `Build and run ${titleOf(input.build)}`, buildingAndRunning(input), { input });
        },
        checkPorts: ({ ports, replace }) => all.checkPorts(ports, replace),
        start: ({ id, ...how }) => all.start(id, how),
        stop: ({ id }) => all.stop(id),
        kill: ({ id }) => all.kill(id),
        restart: ({ id }) => all.restart(id),
        pause: ({ id }) => all.pause(id),
        resume: ({ id }) => all.resume(id),
        rename: ({ id, name }) => all.rename(id, name),
        duplicate: ({ id, name }) => all.duplicate(id, name),
        remove: ({ id, ...how }) => all.remove(id, how),
        restore: ({ id }) => all.restore(id),
        console: (asked, signal) => all.console(asked, signal),
        trace: ({ id, ...range }, signal) => all.trace(id, { ...range, signal }),
        addPort: ({ id, forward }) => all.addPort(id, forward),
        removePort: ({ id, ...which }) => all.removePort(id, which),
        setNetworks: ({ id, networks }) => all.setNetworks(id, networks),
        setBridges: ({ id, bridges }) => all.setBridges(id, bridges),
        feed: ({ id, bytes, isEnd }) => all.feed(id, Buffer.from(bytes, "base64"), isEnd),
        holdInput: ({ id }, signal) => all.holdInput(id, signal),
        input: ({ id, bytes }) => all.input(id, Buffer.from(bytes, "base64")),
        disk: ({ id }) => all.diskMoment(id),
        log: ({ id }) => all.log(id),
      },
      captures: {
        set: ({ id, on }) => all.setCapture(id, on),
        read: ({ id, card, from }) => all.readCapture(id, card, from),
      },
    } satisfies Calls<"instances" | "captures">,
    tell: () => ({ instances: all.list() }),
    tasks: [taskKind("run", { parse: (input) => BuildAndRun.parse(upgradeBuildAndRun(input)) }, buildingAndRunning)],
    open: async () => {
      await all.open();
      await networks.keepMembers(all.list().map(({ id }) => id)).catch((error: unknown) => {
        warn(`Members of networks could not be checked: ${String(error)}`);
      });
    },
    close: async () => {
      await all.close();
      await keeper.close();
    },
  };
}
