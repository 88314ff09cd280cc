/** The real contract for the engine of component tests: every call is noted, problems become the errors that it names. */

import { implement, ORPCError } from "@orpc/server";
import { contract } from "../../shared/contract/index.ts";
import { Problem } from "../../shared/problem.ts";

/** A call that was made: its name in the contract and what it was given. */
export interface Asked {
  call: string;
  input: unknown;
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
