/** The router: each call of the contract led to the engine. The one way in, for every host. */

import { isContractProcedure } from "@orpc/contract";
import { type AnyRouter, implement, type Router } from "@orpc/server";
import type { EngineEvent } from "../../shared/contract/events.ts";
import { contract } from "../../shared/contract/index.ts";
import type { Engine } from "../engine/engine.ts";
import type { Calls } from "../engine/lib/domain-parts.ts";
import { ChangeQueue } from "./change-queue.ts";
import { bugError, problemOf, wireError } from "./problem-errors.ts";

export type EngineRouter = ReturnType<typeof createRouter>;

export function createRouter(engine: Engine) {
  /** Problems become the errors that the contract names; what is none is logged and told without its inside. */
  const told = (error: unknown, path: readonly string[], signal: AbortSignal | undefined): unknown => {
    // Nobody hears the end of a call that was given up.
    if (signal?.aborted) return error;
    const problem = problemOf(error);
    if (problem) return wireError(problem);
    engine.log.error(path.join("."), error);
    return bugError();
  };

  const os = implement(contract).use(async ({ next, path, signal }) => {
    try {
      const result = await next();
      const { output } = result;
      return isStream(output)
        ? { ...result, output: tellErrors(output, (error) => told(error, path, signal)) }
        : result;
    } catch (error) {
      throw told(error, path, signal);
    }
  });
  const events = { subscribe: (_: unknown, signal: AbortSignal | undefined) => everyEvent(engine, signal) };
  return os.router(answering(contract, { ...engine.calls, events }));
}

/** A router in which each call of the contract is answered by the function of the same name. */
function answering(part: typeof contract, answers: Calls<keyof typeof contract>): Router<typeof contract, object>;
function answering(part: object, answers: object): Record<string, AnyRouter>;
function answering(part: object, answers: object): object {
  const answerOf = new Map<string, unknown>(Object.entries(answers));
  const routers = Object.entries(part).map(([name, member]: [string, object]): [string, AnyRouter] => {
    const answer = answerOf.get(name);
    if (isContractProcedure(member) && typeof answer === "function")
      return [
        name,
        implement(member).handler(({ input, signal }) => Reflect.apply(answer, undefined, [input, signal])),
      ];
    if (typeof answer === "object" && answer !== null) return [name, answering(member, answer)];
    throw new Error(`There is no call ${name}`);
  });
  return Object.fromEntries(routers);
}

/** A snapshot, then all that changes. Listening begins before the snapshot is taken, so that nothing falls between. */
async function* everyEvent(engine: Engine, signal: AbortSignal | undefined): AsyncGenerator<EngineEvent> {
  const queue = new ChangeQueue();
  const unlisten = engine.events.listen((changes) => queue.push(changes));
  try {
    yield await engine.snapshot();
    for (;;) {
      const changes = await queue.take(signal);
      if (!changes) return;
      yield changes;
    }
  } finally {
    unlisten();
  }
}

function isStream(output: unknown): output is AsyncIterable<unknown> {
  return typeof output === "object" && output !== null && Symbol.asyncIterator in output;
}

async function* tellErrors(stream: AsyncIterable<unknown>, told: (error: unknown) => unknown): AsyncGenerator<unknown> {
  try {
    yield* stream;
  } catch (error) {
    throw told(error);
  }
}
