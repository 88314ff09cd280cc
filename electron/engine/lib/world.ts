/** What every domain of the engine may use. */

import type { EngineLog } from "./engine-log.ts";
import type { EventHub } from "./event-hub.ts";
import type { Homes } from "./homes.ts";
import type { Machines } from "./machines.ts";
import type { Resources } from "./resources.ts";

export interface World {
  homes: Homes;
  resources: Resources;
  events: EventHub;
  log: EngineLog;
  machines: Machines;
  /** What nobody asked about but somebody should know. */
  warn(sentence: string): void;
}
