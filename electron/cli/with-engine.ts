/** A command's way to the engine: connected for as long as the command works. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import { resolveHomes } from "../engine/lib/homes.ts";
import { findResources } from "../engine/lib/resources.ts";
import { type Connection, connectToEngine } from "../hosts/connect.ts";

/**
 * oRPC asks of what each call sends whether it is a form, and for the class of forms Node loads all of its fetch, which takes
 * longer than most calls. No command sends a form: with a class of nothing in that place, none is loaded.
 */
function leaveFormsUnloaded(): void {
  // By an assignment alone: a look at what is there, and a definition too, loads it.
  Reflect.set(globalThis, "FormData", class FormData {});
}

/**
 * Works with the engine, in this process or another. A command that is done at once does not open its door to other
 * hosts (`isBrief`): they wait for its end rather than lose an engine they just found.
 */
export async function withEngine<T>(
  work: (client: UnideckClient, connection: Connection) => Promise<T>,
  { isBrief = false } = {},
): Promise<T> {
  leaveFormsUnloaded();
  const connection = await connectToEngine({
    homes: resolveHomes(),
    resources: findResources(),
    isBrief,
    isCommand: true,
  });
  try {
    return await work(connection.client, connection);
  } finally {
    await connection.close({ finishWork: true });
  }
}
