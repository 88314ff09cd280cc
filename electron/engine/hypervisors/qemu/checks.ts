/** Whether virtual machines can run here, and how fast. */

import type { Check } from "../../../../shared/contract/doctor.ts";
import { Problem } from "../../../../shared/problem.ts";
import { findProgram } from "../../lib/find-program.ts";
import { installCommand } from "../../lib/install-command.ts";
import type { Accelerators } from "./accelerator.ts";
import { askQemu, findQemu, OLDEST_QEMU_MAJOR, QEMU_NAME } from "./binary.ts";

type Finding = Omit<Check, "id" | "title">;

export async function checkQemu(): Promise<Finding> {
  let path: string;
  try {
    path = await findQemu();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return {
      state: "failed",
      found: `${QEMU_NAME} was not found`,
      hint: "Instances cannot run without it.",
      command: installCommand(QEMU_NAME),
    };
  }
  const { version, major, machines } = await askQemu(path);
  const missing = Object.entries(machines).flatMap(([machine, isThere]) => (isThere ? [] : [machine]));
  if (major < OLDEST_QEMU_MAJOR)
    return {
      state: "warning",
      found: `${version} at ${path}`,
      hint: `Versions before ${OLDEST_QEMU_MAJOR}.0 are not tested with Unideck. Install a newer one.`,
      command: installCommand(QEMU_NAME),
    };
  if (missing.length > 0)
    return {
      state: "warning",
      found: `${version} at ${path}, without the machine ${missing.join(" and ")}`,
      hint: "Instances that need it can't be started; a QEMU from your system's packages has both.",
    };
  return { state: "ok", found: `${version} at ${path}, with the machines ${Object.keys(machines).join(" and ")}` };
}

export async function checkQemuImg(): Promise<Finding> {
  const path = await findProgram("qemu-img");
  if (path) return { state: "ok", found: path };
  return {
    state: "warning",
    found: "not found",
    hint: "It converts images to other formats; nothing else needs it.",
    command: installCommand("qemu-img"),
  };
}

/** Emulation always works, so nothing here is a failure. `refresh`: tries it again. */
export async function checkAccelerator(accelerators: Pick<Accelerators, "report">, refresh: boolean): Promise<Finding> {
  const { name, state, saw } = await accelerators.report(refresh).catch((error: unknown) => {
    if (error instanceof Problem)
      return { name: "kvm", state: "unknown", saw: "cannot be tested without QEMU" } as const;
    throw error;
  });
  const label = name.toUpperCase();
  if (state === "works") return { state: "ok", found: `${label}: ${saw}` };
  const hints = {
    broken: `${label} exists, but guests crash with it. They are emulated (TCG) instead, which is slower.`,
    absent: "Guests are emulated (TCG), which is slower. Nothing else differs.",
    refused: "Guests are emulated (TCG) until you may use it. Log in again after the command.",
    unknown: "Guests are emulated (TCG) until it can be tested.",
  } as const;
  return {
    state: state === "absent" ? "ok" : "warning",
    found: `${label}: ${saw}`,
    hint: hints[state],
    ...(state === "refused" ? { command: 'sudo usermod -aG kvm "$USER"' } : {}),
  };
}
