/**
 * The contract as a router that hands every call on to a link. Windows and browsers are served with it, whether the
 * engine is this process or another; what comes in and goes out is checked where the engine is.
 */

import type { ClientContext, ClientLink } from "@orpc/client";
import { isContractProcedure } from "@orpc/contract";
import { type AnyRouter, os } from "@orpc/server";
import { contract } from "../../shared/contract/index.ts";

export type RelayRouter = Record<string, AnyRouter>;

export function relayTo(link: ClientLink<ClientContext>): RelayRouter {
  return relay(contract, [], link);
}

function relay(part: object, path: readonly string[], link: ClientLink<ClientContext>): RelayRouter {
  const routers = Object.entries(part).map(([name, member]: [string, object]): [string, AnyRouter] => {
    const here = [...path, name];
    if (!isContractProcedure(member)) return [name, relay(member, here, link)];
    const { route, errorMap } = member["~orpc"];
    return [
      name,
      os
        .errors(errorMap)
        .route(route)
        .handler(({ input, signal, lastEventId }) => link.call(here, input, { signal, lastEventId, context: {} })),
    ];
  });
  return Object.fromEntries(routers);
}
