import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Check } from "../../../shared/contract/doctor.ts";
import { Hypervisors } from "../hypervisors/hypervisors.ts";
import { Accelerators } from "../hypervisors/qemu/accelerator.ts";
import { Qemu } from "../hypervisors/qemu/qemu.ts";
import { type Homes, resolveHomes } from "../lib/homes.ts";
import { BridgeHelper } from "../networks/bridge/helper.ts";
import { Doctor, type DoctorDeps } from "./doctor.ts";
import { checkRuntime, checkWindow } from "./host-checks.ts";

let folder: string;
let homes: Homes;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-doctor-"));
  homes = resolveHomes({ OPS_HOME: folder, UNIDECK_HOME: join(folder, "deck") }, folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const broken = { name: "kvm", state: "broken", saw: "the guest died at once" } as const;

/** QEMU's checks, on a machine with these accelerators. */
class KnownAccelerators extends Accelerators {
  override readonly report: Accelerators["report"];
  constructor(report: Accelerators["report"]) {
    super({ path: "", kernel: "" });
    this.report = report;
  }
}
const withAccelerators = ({ report }: Pick<Accelerators, "report">) =>
  new Hypervisors([new Qemu("", new KnownAccelerators(report))]);

const doctor = (deps: Partial<DoctorDeps> = {}) =>
  new Doctor({
    homes,
    kernels: { list: async () => [] },
    hypervisors: withAccelerators({ report: async () => broken }),
    bridgeHelper: new BridgeHelper(join(folder, "helper")),
    ...deps,
  });

async function checks(deps: Partial<DoctorDeps> = {}): Promise<Record<string, Check>> {
  const { checks } = await doctor(deps).run({ refresh: true });
  return Object.fromEntries(checks.map((check) => [check.id, check]));
}

describe("the doctor", () => {
  test("looks at everything that Unideck needs", async () => {
    expect(Object.keys(await checks()).sort()).toEqual(
      ["accelerator", "bridges", "browser", "disk", "homes", "kernels", "ops", "qemu", "qemu-img", "runtime"].sort(),
    );
    expect(Object.keys(await checks({ bridgeHelper: undefined }))).not.toContain("bridges");
  });

  test("tells of whatever is not well what to do about it", async () => {
    // Where a folder belongs stands a file: nobody can write into it.
    await writeFile(join(folder, "file"), "");
    const report = await checks({ homes: { ...homes, images: join(folder, "file", "it's here") } });

    expect(report.homes).toMatchObject({ state: "failed", found: expect.stringContaining("can't be written") });
    expect(report.homes?.command).toBe(`sudo chown -R "$USER" '${folder}/file/it'\\''s here'`);
    expect(report.kernels).toMatchObject({ state: "failed", command: "make -C kernel" });
    for (const check of Object.values(report)) if (check.state !== "ok") expect(check.hint ?? "").not.toBe("");
  });

  test("says what the probe of an accelerator saw", async () => {
    expect((await checks()).accelerator).toMatchObject({ state: "warning", found: "KVM: the guest died at once" });
    const refused = { name: "kvm", state: "refused", saw: "no permission" } as const;
    expect(
      (await checks({ hypervisors: withAccelerators({ report: async () => refused }) })).accelerator?.command,
    ).toContain("usermod");
  });

  test("does not wait for a check that hangs, nor for one that breaks: the others are told", async () => {
    const report = await checks({
      hypervisors: withAccelerators({ report: () => new Promise(() => {}) }),
      kernels: { list: () => Promise.reject(new Error("no such thing")) },
    });

    expect(report.accelerator).toMatchObject({ state: "warning", found: "no answer within 1.9 s" });
    expect(report.kernels).toMatchObject({ state: "failed", details: expect.stringContaining("no such thing") });
    expect(report.disk?.found).toContain("GiB free");
  });

  test("remembers its report until it is asked for a new one", async () => {
    const one = doctor();

    const first = await one.run({ refresh: false });

    expect(await one.run({ refresh: false })).toBe(first);
    expect(await one.run({ refresh: true })).not.toBe(first);
  });
});

test("a Node that is too old is told how to be replaced", async () => {
  expect(await checkRuntime({ ...process.versions, node: "20.19.0" })).toMatchObject({
    state: "warning",
    command: expect.stringContaining("install"),
  });
  expect(await checkWindow({ ...process.versions, electron: "45.0.0" })).toMatchObject({ state: "ok" });
});
