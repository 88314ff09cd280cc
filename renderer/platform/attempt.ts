/** Calls whose failure belongs to no place on the screen: the problem is shown above everything, with its hint. */

import { toast } from "sonner";
import { copyText } from "./clipboard.ts";
import { problemOf, reportText } from "./problem-of.ts";

/** Runs `call`; answers whether it went well. */
export async function attempt(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    const problem = problemOf(error);
    toast.error(problem.message, {
      description: problem.hint,
      duration: 12_000,
      action: { label: "Copy report", onClick: () => void copyText(reportText(problem)) },
    });
    return false;
  }
}
