import { readdir, readlink } from "node:fs/promises";
import { expect } from "vitest";
import { testHypervisors } from "../hypervisors/testing.ts";
import { describeDriver } from "./driver-suite.testing.ts";

describeDriver("qemu", {
  hypervisors: testHypervisors,
  options: { machine: "q35", accelerator: "tcg" },
  end: async ({ pid = 0 }) => {
    process.kill(pid, "SIGKILL");
    await expect.poll(() => isThere(pid), { timeout: 10_000 }).toBe(false);
  },
  disksOf: async ({ pid, commandLine }) => {
    // Elsewhere only the command line tells.
    if (process.platform !== "linux")
      return commandLine.flatMap((word) => /^if=none,.*file=(.*)$/.exec(word)?.[1] ?? []);
    const open = await readdir(`/proc/${pid}/fd`);
    const paths = await Promise.all(open.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")));
    return [...new Set(paths.filter((path) => path.endsWith(".raw")))];
  },
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
