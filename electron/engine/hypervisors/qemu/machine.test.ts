import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { instanceFiles } from "../instance-files.ts";
import { QemuMachine } from "./machine.ts";
import { QemuHandle } from "./process-table.ts";

test("a command waits for the monitor where its connection has just been lost", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unideck-machine-"));
  const files = instanceFiles(folder, folder);
  const own = join(folder, "own.sock");
  // Between QEMU and the engine, so that a connection can be cut.
  const open = new Set<Socket>();
  const between = createServer((near) => {
    const far = connect(own);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }).listen(files.qmpSocket);
  const words = ["-M", "none", "-nodefaults", "-display", "none", "-qmp", `unix:${own},server=on,wait=off`];
  const qemu = spawn("qemu-system-x86_64", words, { stdio: "ignore" });
  const machine = new QemuMachine(new QemuHandle(qemu.pid ?? 0, words), files, qemu, 1);
  try {
    expect(await machine.started).toBe(true);
    for (const socket of open) socket.destroy();
    // What was on its way is lost; it is how the loss shows.
    await machine.pause().catch(() => undefined);

    await machine.pause();
    await machine.quit();

    expect(await machine.ended).toMatchObject({ outcome: "power-off", hadStarted: true });
  } finally {
    machine.kill();
    between.close();
    await rm(folder, { recursive: true });
  }
});
