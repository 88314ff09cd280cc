/** The engine of this very process, called through its router as any other would be. */

import type { ClientContext, ClientLink } from "@orpc/client";
import { createProcedureClient, getRouter, isProcedure, unlazy } from "@orpc/server";
import type { EngineRouter } from "./router.ts";

export function localLink(router: EngineRouter): ClientLink<ClientContext> {
  return {
    call: async (path, input, { signal, lastEventId }) => {
      const { default: procedure } = await unlazy(getRouter(router, path));
      if (!isProcedure(procedure)) throw new Error(`The contract has no call ${path.join(".")}`);
      return createProcedureClient(procedure, { path, context: {} })(input, { signal, lastEventId });
    },
  };
}
