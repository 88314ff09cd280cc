/**
 * What Unideck 0.1.0 wrote down of instances, as it is written today. QEMU was the only hypervisor then: its `machine` and
 * `accelerator` stood beside everything else, and an instance's spec was called `wishes`. Pure; what is not of that form is
 * given back as it is, to be refused by its schema.
 */

import { z } from "zod";

const QEMU = "qemu";

const OldSpec = z.looseObject({ machine: z.string().optional(), accelerator: z.string().optional() });
const OldRecord = z.looseObject({
  version: z.literal(1),
  wishes: OldSpec,
  machine: z.string(),
  accelerator: z.string().optional(),
  problem: z.looseObject({ code: z.string() }).optional(),
});
const OldBuildAndRun = z.looseObject({ wishes: OldSpec });

/** `instance.json` */
export function upgradeRecord(json: unknown): unknown {
  const old = OldRecord.safeParse(json).data;
  if (!old) return json;
  const { wishes, machine, accelerator, problem, ...same } = old;
  return {
    ...same,
    ...(problem && { problem: { ...problem, code: problem.code.replace(/^qemu\./, "hypervisor.") } }),
    version: 2,
    hypervisor: QEMU,
    options: optionsOf({ machine, accelerator }),
    spec: upgradeSpec(wishes),
  };
}

/** What a task "Build and run" was asked for. */
export function upgradeBuildAndRun(json: unknown): unknown {
  const old = OldBuildAndRun.safeParse(json).data;
  if (!old) return json;
  const { wishes, ...same } = old;
  return { ...same, spec: upgradeSpec(wishes) };
}

function upgradeSpec({ machine, accelerator, ...same }: z.infer<typeof OldSpec>) {
  return { ...same, hypervisor: QEMU, options: optionsOf({ machine, accelerator }) };
}

/** `auto` was said; today nothing is. */
function optionsOf(options: Record<string, string | undefined>) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined && value !== "auto"));
}
