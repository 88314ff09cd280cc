/** The contract: everything that hosts and clients know about the engine. */

import type { ContractRouterClient } from "@orpc/contract";
import { bridges } from "./bridges.ts";
import { captures } from "./captures.ts";
import { configurations } from "./configurations.ts";
import { doctor } from "./doctor.ts";
import { events } from "./events.ts";
import { images } from "./images.ts";
import { inside } from "./inside.ts";
import { instances } from "./instances.ts";
import { kernels } from "./kernels.ts";
import { networks } from "./networks.ts";
import { programs } from "./programs.ts";
import { settings } from "./settings.ts";
import { staging } from "./staging.ts";
import { tasks } from "./tasks.ts";

export const contract = {
  programs,
  configurations,
  images,
  inside,
  instances,
  captures,
  kernels,
  bridges,
  networks,
  tasks,
  doctor,
  settings,
  staging,
  events,
};

/** What every client has, whatever carries it. */
export type UnideckClient = ContractRouterClient<typeof contract>;
