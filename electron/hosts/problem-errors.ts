/** Problems on the wire: an oRPC error with the problem's code, sentence, status, and its hint and details as data. */

import { ORPCError } from "@orpc/client";
import { ValidationError } from "@orpc/contract";
import type { z } from "zod";
import { Problem, problemOnWire, problemStatus } from "../../shared/problem.ts";
import type { ProblemData } from "../../shared/problem-schema.ts";

type WireError = ORPCError<string, z.infer<typeof ProblemData>>;

export function wireError(problem: Problem): WireError {
  return new ORPCError(problem.code, {
    status: problemStatus[problem.code],
    message: problem.message,
    data: { hint: problem.hint, details: problem.details },
    cause: problem,
  });
}

/** What a client gets for an error that is no problem: nothing about the inside. */
export function bugError(): WireError {
  return wireError(
    new Problem("engine.bug", "Something went wrong inside Unideck", {
      hint: "Please report this, with the last lines of logs/engine.log in Unideck's home.",
    }),
  );
}

/** The problem that an error stands for, on either side of the wire; undefined where it stands for none. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof ORPCError && error.cause instanceof ValidationError && error.code === "BAD_REQUEST")
    return invalidInput(error.cause);
  return problemOnWire(error);
}

/** What is wrong with a call's input, one line a field. */
function invalidInput(error: ValidationError): Problem {
  const lines = error.issues.slice(0, 20).map(({ message, path = [] }) => {
    const field = path.map((part) => (typeof part === "object" ? part.key : part)).join(".");
    return field ? `${field}: ${message}` : message;
  });
  return new Problem("args.invalid", `The request is invalid: ${lines[0] ?? "its input is not valid"}`, {
    details: lines.length > 1 ? lines.join("\n") : undefined,
  });
}
