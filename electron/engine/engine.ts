/** The engine: everything real behind one object. It is plain Node and knows no host. What it can do is in its domains. */

import type { Snapshot } from "../../shared/contract/events.ts";
import { Problem } from "../../shared/problem.ts";
import { makeDomains } from "./domains.ts";
import { drivers, gateway } from "./drivers.ts";
import type { DomainCalls, Told } from "./lib/domain-parts.ts";
import { EngineLog } from "./lib/engine-log.ts";
import { EventHub } from "./lib/event-hub.ts";
import { type Homes, withOpsHome } from "./lib/homes.ts";
import { Machines } from "./lib/machines.ts";
import { makeFolder, repairHome } from "./lib/private-files.ts";
import type { Resources } from "./lib/resources.ts";
import { SettingsFile } from "./settings/settings-file.ts";
import { TaskList } from "./tasks/task-list.ts";
import { TaskRecords } from "./tasks/task-records.ts";

export type Engine = Awaited<ReturnType<typeof openEngine>>;

export interface EngineOptions {
  homes: Homes;
  resources: Resources;
  /** The engine of one command: what it opens with is not followed by `settle`. */
  isCommand?: boolean | undefined;
}

/** Makes the engine of these homes. The caller holds their lock (lib/folder-lock.ts). */
export async function openEngine({ homes: given, resources, isCommand }: EngineOptions) {
  await makeFolder(given.unideck);
  const events = new EventHub();
  const log = new EngineLog(given.logs);
  await repairHome(given.unideck).catch((error: unknown) => {
    log.warn(`The permissions of ${given.unideck} could not be checked: ${String(error)}`);
  });
  /** What a person should hear of this start. */
  const notices: string[] = [];
  const settings = await SettingsFile.open({
    home: given.unideck,
    events,
    warn: (sentence) => {
      notices.push(sentence);
      log.warn(sentence);
    },
  });
  const homes = withOpsHome(given, settings.get().homes.ops);
  const warn = (sentence: string) => log.warn(sentence);
  const tasks: TaskList = new TaskList(events, {
    records: new TaskRecords(homes.tasks, warn),
    revive: (kind, input) => {
      const known = domains.kindOf(kind);
      if (known) return known.revive(input);
      throw new Problem("args.invalid", "This task cannot be retried", { hint: "Start it again from its screen." });
    },
  });
  const domains = makeDomains({
    ...{ homes, resources, events, log, settings, tasks, warn, drivers, gateway },
    machines: new Machines(),
  });
  await domains.open();
  const calls: DomainCalls = domains.calls;
  const tell: () => Promise<Told> = domains.tell;
  let isSettled = false;
  /** Begins what an engine does for hosts that stay, once. Nobody waits for it. */
  const settle = () => {
    if (!isSettled) domains.settle();
    isSettled = true;
  };
  if (!isCommand) settle();

  return {
    ...domains.world,
    /** What answers each call of the contract, by domain. */
    calls,
    /** Everything there is, now. */
    snapshot: async (): Promise<Snapshot> => ({
      type: "snapshot",
      engine: {
        ...{ version: resources.version, home: homes.unideck, opsHome: homes.ops, platform: process.platform },
        notices,
      },
      ...(await tell()),
    }),
    settle,
    /** Ends tasks and watches; instances go on. */
    close: () => domains.close(),
  };
}
