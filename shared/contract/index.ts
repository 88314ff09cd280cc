/** The contract: everything that hosts and clients know about the engine. */

import type { ContractRouterClient } from "@orpc/contract";
import { pluck } from "../pluck.ts";
import { domains } from "./domains.ts";
import { events } from "./events.ts";

/** The calls of all domains. */
export const contract = { ...pluck(domains, "calls"), events };

/** What every client has, whatever carries it. */
export type UnideckClient = ContractRouterClient<typeof contract>;
