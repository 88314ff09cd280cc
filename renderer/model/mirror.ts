/** The mirror of the engine: every slice takes its part of a snapshot, and of each change after it. */

import type { EngineEvent } from "../../shared/contract/events.ts";
import type { Slice } from "./collection.ts";
import { useEngine } from "./engine.ts";

export function applyEvent(event: EngineEvent, slices: readonly Slice[]): void {
  if (event.type === "snapshot") useEngine.setState({ engine: event.engine });
  for (const take of slices) take(event);
}
