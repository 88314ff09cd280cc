/** The domains of the engine: each has calls and, where clients keep it in step, a mirror. A new one adds its line here. */

import { bridges } from "./bridges.ts";
import { captures } from "./captures.ts";
import { configurations } from "./configurations.ts";
import { containers } from "./containers.ts";
import { doctor } from "./doctor.ts";
import { hypervisors } from "./hypervisors.ts";
import { imageContents } from "./image-contents.ts";
import { images } from "./images.ts";
import { instances } from "./instances.ts";
import { kernels } from "./kernels.ts";
import { networks } from "./networks.ts";
import { programs } from "./programs.ts";
import { settings } from "./settings.ts";
import { staging } from "./staging.ts";
import { tasks } from "./tasks.ts";
import { updates } from "./updates.ts";

export const domains = {
  programs,
  configurations,
  images,
  imageContents,
  hypervisors,
  instances,
  captures,
  containers,
  kernels,
  bridges,
  networks,
  tasks,
  doctor,
  settings,
  staging,
  updates,
};
