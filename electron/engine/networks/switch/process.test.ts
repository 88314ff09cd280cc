import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gateway } from "../../drivers.ts";
import { networkFiles, writeNetwork } from "../record.ts";
import { askSwitch } from "../switch-process.ts";
import { runSwitch } from "./process.ts";

test("a switch that neither a machine nor an engine is connected to ends, and not before", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unideck-switch-"));
  const files = networkFiles(folder, folder);
  const record = { subnet: "10.77.1.0/24", wayOut: false, createdAt: 1, members: [] };
  await writeNetwork(files.record, { version: 1, name: "lan", ...record });

  const over = runSwitch(folder, folder, gateway, 300).then(() => "over");
  await expect.poll(() => askSwitch(files), { timeout: 10_000 }).toBeDefined();
  const engine = connect(files.control);
  await once(engine, "connect");
  for (let looks = 0; looks < 20; looks++) {
    engine.write("status\n");
    await once(engine, "data");
    // Each look of the switch's own finds a connection: it lives through many times its patience.
    expect(await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 50, "on"))])).toBe("on");
  }
  engine.destroy();

  expect(await over).toBe("over");
  await rm(folder, { recursive: true });
});
