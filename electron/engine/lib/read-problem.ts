/** What it means to a person when a file of the host can't be opened or looked at. */

import { Problem } from "../../../shared/problem.ts";
import { systemErrorCode } from "./atomic-file.ts";

/** The last is Node's for a path with a NUL in it. */
const absentCodes = ["ENOENT", "ENOTDIR", "ELOOP", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"];

/** file.not-found or file.unreadable; an error that the system did not give stays as it is. */
export function readProblem(error: unknown, path: string): unknown {
  const code = systemErrorCode(error);
  if (code === undefined) return error;
  if (absentCodes.includes(code))
    return new Problem("file.not-found", `There is no file ${path.replaceAll("\0", "�")}`, {
      hint: "Check the path.",
      cause: error,
    });
  return new Problem("file.unreadable", `${path} can't be read`, {
    hint: "Check its permissions.",
    details: String(error),
    cause: error,
  });
}
