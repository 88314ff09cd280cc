/**
 * The contract as a router that forwards every call to a link. It serves windows and browsers, whether the engine is in
 * this process or in another; input and output are validated where the engine is.
 */

import type { ClientContext, ClientLink } from "@orpc/client";
import { isContractProcedure } from "@orpc/contract";
import { type AnyRouter, os } from "@orpc/server";
import { contract } from "../../shared/contract/index.ts";
import { encodeBytes } from "./encode-bytes.ts";

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
        .handler(async ({ input, signal, lastEventId }) =>
          encodeBytes(here, await link.call(here, input, { signal, lastEventId, context: {} })),
        ),
    ];
  });
  return Object.fromEntries(routers);
}
