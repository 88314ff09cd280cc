/** The domains of the engine, in the order in which they are opened. A new one adds its line here. */

import { containers } from "./containers/domain.ts";
import { doctor } from "./doctor/domain.ts";
import { hypervisors } from "./hypervisors/domain.ts";
import type { DriverMaker, GatewayDriver } from "./hypervisors/driver.ts";
import { imageContents } from "./images/contents/domain.ts";
import { images } from "./images/domain.ts";
import { instances } from "./instances/domain.ts";
import { kernels } from "./kernels/domain.ts";
import { Domains } from "./lib/domain-parts.ts";
import type { World } from "./lib/world.ts";
import { bridges } from "./networks/bridge/domain.ts";
import { networks } from "./networks/domain.ts";
import { configurations } from "./ops/domain.ts";
import { programs } from "./programs/domain.ts";
import { settings } from "./settings/domain.ts";
import type { SettingsFile } from "./settings/settings-file.ts";
import { staging } from "./staging/domain.ts";
import { tasks } from "./tasks/domain.ts";
import type { TaskList, Worker } from "./tasks/task-list.ts";
import { updates } from "./updates/domain.ts";

/** What is there before any domain is. */
export interface Ground extends World {
  settings: SettingsFile;
  tasks: TaskList;
  drivers: readonly [DriverMaker, ...DriverMaker[]];
  gateway: GatewayDriver;
}

export const makeDomains = (ground: Ground) =>
  Domains.in<Worker>()(ground)
    .with(settings)
    .with(staging)
    .with(kernels)
    .with(images)
    .with(programs)
    .with(configurations)
    .with(networks)
    .with(bridges)
    .with(hypervisors)
    .with(instances)
    .with(imageContents)
    .with(containers)
    .with(doctor)
    .with(updates)
    .with(tasks);
