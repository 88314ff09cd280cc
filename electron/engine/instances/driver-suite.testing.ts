/**
 * What the engine expects of every driver, tried with a real hypervisor and a guest that is a boot sector. A new driver
 * passes this suite before anything else (docs/adding-a-driver.md).
 */

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HypervisorInfo, type HypervisorOptions } from "../../../shared/contract/hypervisors.ts";
import type { Instance, InstanceSpec } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import type { Hypervisors } from "../hypervisors/hypervisors.ts";
import { writeBootDisk } from "./boot-sector.testing.ts";
import type { Supervisor } from "./supervisor.ts";
import { SupervisorWorld } from "./supervisor-world.testing.ts";

export interface DriverUnderTest {
  /** The driver over a home's instances, anew: an engine that comes later has nothing of the one before. */
  hypervisors(home: string): Hypervisors;
  /** With which it runs a boot sector. */
  options: HypervisorOptions;
  /** Ends a machine behind the engine's back. */
  end(instance: Instance): Promise<void>;
  /** The machine's disks, as the hypervisor itself tells them. */
  disksOf(instance: Instance, home: string): Promise<string[]>;
}

const LIMIT = { timeout: 30_000 };
const forward = (host: number, guest = 80) => ({ hostAddress: "127.0.0.1", host, guest, protocol: "tcp" as const });

export function describeDriver(name: string, driver: DriverUnderTest): void {
  describe(`the driver ${name}`, () => {
    let world: SupervisorWorld;
    let supervisor: Supervisor;

    const open = async () => {
      supervisor = await world.open("unknown", {
        hypervisors: driver.hypervisors(world.home),
        stopTimes: { powerButtonMs: 300, quitMs: 5000 },
      });
    };
    const run = async (some: Partial<InstanceSpec> = {}) => {
      const { id } = await world.run(supervisor, { options: driver.options, ...some });
      await expect.poll(() => consoleText(id), LIMIT).toContain("ready");
      return id;
    };
    const consoleText = async (id: string) => {
      const parts: Buffer[] = [];
      for await (const { bytes } of supervisor.console({ id, from: 0, follow: false })) parts.push(Buffer.from(bytes));
      return Buffer.concat(parts).toString("latin1");
    };
    const ended = (id: string) => expect.poll(() => isAlive(supervisor.get(id)), LIMIT).toBe(false);

    beforeEach(async () => {
      world = await SupervisorWorld.create();
      await writeBootDisk(join(world.folder, "disk"), "ready\n", "echo");
      await open();
    });
    afterEach(() => world[Symbol.asyncDispose]());

    test("says what it can do, and refuses options that it does not have", async () => {
      const [one, ...others] = driver.hypervisors(world.home).list();

      expect(HypervisorInfo.parse(one)).toEqual(one);
      expect(others).toEqual([]);
      for (const options of [{ nothing: "1" }, { [one?.options[0]?.name ?? ""]: "nothing" }])
        await expect(world.run(supervisor, { options })).rejects.toMatchObject({ code: "hypervisor.option" });
      expect(supervisor.list()).toEqual([]);
    });

    test("starts a machine, shows its console, and brings it what is typed", async () => {
      const id = await run();

      expect(supervisor.get(id)).toMatchObject({ state: "running", options: driver.options });
      await supervisor.input(id, Buffer.from("typed\r"));
      await expect.poll(() => consoleText(id), LIMIT).toBe("ready\ntyped\r");
    });

    test("gives the machine its disk, and no other", async () => {
      const id = await run();

      const disks = await driver.disksOf(supervisor.get(id), world.home);

      expect(disks).toEqual([supervisor.diskOf(id)]);
    });

    test("asks the guest to end, then ends the machine", async () => {
      const id = await run();

      await supervisor.stop(id);

      expect(supervisor.get(id)).toMatchObject({
        state: "exited",
        exit: { reason: expect.stringContaining("power button") },
      });
      const said = (await supervisor.log(id)).map(({ text }) => text).join("\n");
      expect(said).toMatch(/Pressing the power button.*Still running after 300 ms/s);
    });

    test("kills a machine at once, and starts it again with its console going on", async () => {
      const id = await run();
      await supervisor.kill(id);
      expect(supervisor.get(id)).toMatchObject({ state: "exited", exit: { reason: "killed" } });

      await supervisor.start(id);

      await expect.poll(() => consoleText(id), LIMIT).toBe("ready\nready\n");
      expect(supervisor.get(id)).toMatchObject({ state: "running", runs: 2 });
    });

    test("pauses a machine: it takes no input until it is resumed", async () => {
      const id = await run();
      await supervisor.pause(id);
      await expect.poll(() => supervisor.get(id).state, LIMIT).toBe("paused");
      await supervisor.input(id, Buffer.from("x"));
      expect(await consoleText(id)).toBe("ready\n");

      await supervisor.resume(id);

      await expect.poll(() => consoleText(id), LIMIT).toBe("ready\nx");
      expect(supervisor.get(id).state).toBe("running");
    });

    test("lets machines outlive the engine: the next one adopts them, with everything that they said", async () => {
      const id = await run();
      await supervisor.close();

      await open();

      expect(supervisor.get(id)).toMatchObject({ state: "running", runs: 1 });
      await supervisor.input(id, Buffer.from("still here"));
      await expect.poll(() => consoleText(id), LIMIT).toBe("ready\nstill here");
      await supervisor.stop(id);
      expect(supervisor.get(id).state).toBe("exited");
    });

    test("tells of a machine that something else has ended, while it is watched and while it was not", async () => {
      const watched = await run({ name: "watched" });
      const unwatched = await run({ name: "unwatched" });
      await driver.end(supervisor.get(watched));
      await ended(watched);
      expect(supervisor.get(watched)).toMatchObject({ state: "failed", problem: { code: "hypervisor.failed" } });

      await supervisor.close();
      await driver.end(supervisor.get(unwatched));
      await open();

      expect(supervisor.get(unwatched)).toMatchObject({
        state: "exited",
        exit: { reason: expect.stringContaining("not known") },
      });
    });

    test("tells of an adopted machine that something else has ended", async () => {
      const id = await run();
      await supervisor.close();
      await open();

      await driver.end(supervisor.get(id));

      await ended(id);
      expect(supervisor.get(id).exit?.code).toBeUndefined();
    });

    test("adds and removes ports of a machine that runs, and says who has one that is taken", async () => {
      const id = await run({ ports: [forward(0)] });
      const answers = async (port: number | undefined) => {
        const socket = connect(port ?? 0, "127.0.0.1");
        const isThere = await once(socket, "connect").then(
          () => true,
          () => false,
        );
        socket.destroy();
        return isThere;
      };
      const added = (await supervisor.addPort(id, forward(0, 81))).ports.map(({ host }) => host);
      expect(await Promise.all(added.map(answers))).toEqual([true, true]);

      await supervisor.removePort(id, forward(added[1] ?? 0, 81));

      expect(await Promise.all(added.map(answers))).toEqual([true, false]);
      const other = createServer().listen(0, "127.0.0.1");
      await once(other, "listening");
      const address = other.address();
      const port = typeof address === "object" && address ? address.port : 0;
      await expect(supervisor.addPort(id, forward(port))).rejects.toMatchObject({
        ...{ code: "port.busy", message: expect.stringContaining(`process ${process.pid}`) },
      });
      other.close();
    });
  });
}
