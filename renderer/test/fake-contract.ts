/** The real contract for the engine of component tests: every call is noted, problems become the errors that it names. */

import { implement, ORPCError, type Router } from "@orpc/server";
import { relayTo } from "../../electron/hosts/relay.ts";
import { contract } from "../../shared/contract/index.ts";
import { Problem } from "../../shared/problem.ts";

/** A call that was made: its name in the contract and what it was given. */
export interface Asked {
  call: string;
  input: unknown;
}

/** What answers the calls of domains of which the engine in memory knows nothing: they fail. */
export function unknownCalls(): Router<typeof contract, Record<never, never>>;
export function unknownCalls(): object {
  return relayTo({
    call: async (path) => {
      throw new Error(`The engine of component tests has no call ${path.join(".")}`);
    },
  });
}

export type FakeContract = ReturnType<typeof fakeContract>;

export function fakeContract(asked: Asked[]) {
  return implement(contract).use(async ({ next, path }, input) => {
    asked.push({ call: path.join("."), input });
    try {
      return await next();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { code, message, hint, details } = error;
      throw new ORPCError(code, { message, data: { hint, details } });
    }
  });
}
