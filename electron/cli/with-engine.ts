/** A command's way to the engine: connected for as long as the command works. */

import type { UnideckClient } from "../../shared/contract/index.ts";
import { resolveHomes } from "../engine/lib/homes.ts";
import { findResources } from "../engine/lib/resources.ts";
import { type Connection, connectToEngine } from "../hosts/connect.ts";

/**
 * Works with the engine, in this process or another. A command that is done at once does not open its door to other
 * hosts (`isBrief`): they wait for its end rather than lose an engine they just found.
 */
export async function withEngine<T>(
  work: (client: UnideckClient, connection: Connection) => Promise<T>,
  { isBrief = false } = {},
): Promise<T> {
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
