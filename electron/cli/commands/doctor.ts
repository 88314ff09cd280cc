/** `unideck doctor`: exits with 1 where something that is needed is missing. */

import type { Check, DoctorReport } from "../../../shared/contract/doctor.ts";
import { ExitCode, ExitWith } from "../failure.ts";
import { print } from "../output.ts";
import { withEngine } from "../with-engine.ts";

const signs: Record<Check["state"], string> = { ok: "ok     ", warning: "warning", failed: "failed " };

export async function doctor({ json }: { json: boolean }): Promise<void> {
  const report = await withEngine((client) => client.doctor.run({ refresh: true }), { isBrief: true });
  print(report, { json, text: () => formatReport(report) });
  if (report.checks.some(({ state }) => state === "failed")) throw new ExitWith(ExitCode.failed);
}

function formatReport({ checks }: DoctorReport): string[] {
  return checks.flatMap(({ state, title, found, hint, command }) => [
    `${signs[state]}  ${title}: ${found}`,
    ...[hint, command && `$ ${command}`].flatMap((line) => (line ? [`         ${line}`] : [])),
  ]);
}
