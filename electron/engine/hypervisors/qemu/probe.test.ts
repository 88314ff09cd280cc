import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endOrphanedProbes } from "./probe.ts";

test("a probe whose engine was killed is ended by the next one, and its folder is gone", async () => {
  const home = await mkdtemp(join(tmpdir(), "unideck-probes-"));
  const probes = join(home, "probes");
  const folder = join(probes, "probe-1");
  await mkdir(folder, { recursive: true });
  const args = ["-M", "none", "-nodefaults", "-display", "none", "-pidfile", join(folder, "qemu.pid")];
  const orphan = spawn("qemu-system-x86_64", args, { stdio: "ignore" });
  const ended = once(orphan, "exit");
  await expect.poll(() => existsSync(join(folder, "qemu.pid")), { timeout: 20_000 }).toBe(true);

  await endOrphanedProbes(probes);

  expect(await ended).toEqual([null, "SIGKILL"]);
  expect(existsSync(probes)).toBe(false);
  await rm(home, { recursive: true });
});

test("where there was no probe there is nothing to end", async () => {
  await expect(endOrphanedProbes(join(tmpdir(), "unideck-no-probes"))).resolves.toBeUndefined();
});
