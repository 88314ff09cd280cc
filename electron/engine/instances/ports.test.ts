import { execFile } from "node:child_process";
import { once } from "node:events";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Instance, type InstanceSpec, MAX_PORTS, PortForward } from "../../../shared/contract/instances.ts";
import { isReady } from "../../../shared/instance-state.ts";
import type { MachinePlan, MachineSpec } from "../hypervisors/driver.ts";
import { addLine, removeLine } from "../hypervisors/qemu/network.ts";
import { Qemu } from "../hypervisors/qemu/qemu.ts";
import { testHypervisors, testQemu } from "../hypervisors/testing.ts";
import type { Supervisor } from "./supervisor.ts";
import { SupervisorWorld } from "./supervisor-world.testing.ts";

describe("the monitor's lines", () => {
  const forward = PortForward.parse({ host: 8080, guest: 80 });
  const card = { name: "net0", guest: undefined };

  test("name both sides", () => {
    expect(addLine(card, forward)).toBe("hostfwd_add net0 tcp:127.0.0.1:8080-:80");
    expect(removeLine(card, forward)).toBe("hostfwd_remove net0 tcp:127.0.0.1:8080");
  });

  test("name the guest's own address where it has one, and nothing that is none", () => {
    expect(addLine({ ...card, guest: "192.168.5.10" }, forward)).toBe(
      "hostfwd_add net0 tcp:127.0.0.1:8080-192.168.5.10:80",
    );
    expect(() => addLine({ ...card, guest: "192.168.5.10:80 x" }, forward)).toThrow();
  });

  test.each([{ hostAddress: "127.0.0.1 -x" }, { hostAddress: "::1" }, { host: 8080.5 }, { guest: 70_000 }])(
    "are never built from %j",
    (wrong) => {
      expect(() => addLine(card, { ...forward, ...wrong })).toThrow();
      expect(() =>
        removeLine(card, { ...forward, ...wrong, guest: 80, ...("guest" in wrong && { host: -1 }) }),
      ).toThrow();
    },
  );
});

describe("the ports of an instance", () => {
  let world: SupervisorWorld;
  const openSupervisor = (kind?: "unknown" | "pith") => world.open(kind);
  const run = (supervisor: Supervisor, some?: Partial<InstanceSpec>) => world.run(supervisor, some);

  beforeEach(async () => {
    world = await SupervisorWorld.create();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const forward = (some: Partial<PortForward> = {}) => PortForward.parse({ host: 0, guest: 80, ...some });
  const hostPorts = ({ ports }: Instance) => ports.map(({ host }) => host);

  /** Whether a connection is taken: by QEMU, even if nothing listens in the guest. */
  async function isOpen(port: number): Promise<boolean> {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }

  test("are led and taken back while it runs, and remembered", async () => {
    const supervisor = await openSupervisor();
    const { id } = await run(supervisor);

    const [first = 0] = hostPorts(await supervisor.addPort(id, forward()));
    const second = hostPorts(await supervisor.addPort(id, forward({ guest: 81 })))[1] ?? 0;
    const opened = [await isOpen(first), await isOpen(second)];
    await supervisor.removePort(id, { protocol: "tcp", hostAddress: "127.0.0.1", host: first });
    const left = [await isOpen(first), await isOpen(second)];
    await supervisor.stop(id);
    const again = await supervisor.start(id);

    expect(opened).toEqual([true, true]);
    expect(left).toEqual([false, true]);
    expect(again.ports).toEqual([forward({ host: second, guest: 81 })]);
    expect(await isOpen(second)).toBe(true);
  });

  test("that change are known to the next engine", async () => {
    const supervisor = await openSupervisor();
    const { id } = await run(supervisor);
    const [host = 0] = hostPorts(await supervisor.addPort(id, forward()));
    await supervisor.close();

    const next = await openSupervisor();
    expect(hostPorts(next.get(id))).toEqual([host]);
    await next.removePort(id, { protocol: "tcp", hostAddress: "127.0.0.1", host });

    expect(next.get(id).ports).toEqual([]);
    expect(await isOpen(host)).toBe(false);
  });

  test("that another instance or another program has are refused with its name", async () => {
    const supervisor = await openSupervisor();
    const { name, ports } = await run(supervisor, { name: "first", ports: [forward()] });
    const { id } = await run(supervisor, { name: "second" });
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const own = typeof address === "object" && address ? address.port : 0;

    const ofFirst = supervisor.addPort(id, forward({ host: ports[0]?.host ?? 0 }));
    await expect(ofFirst).rejects.toMatchObject({ code: "port.busy", message: expect.stringContaining(name) });
    const ofOurs = supervisor.addPort(id, forward({ host: own }));
    await expect(ofOurs).rejects.toMatchObject({ message: expect.stringContaining(`process ${process.pid}`) });
    server.close();

    expect(supervisor.get(id).ports).toEqual([]);
  });

  test("that somebody takes between our look and QEMU's are refused with the same name", async () => {
    const taken: Server[] = [];
    const take = async (port = 0) => {
      const server = createServer().listen(port, "127.0.0.1");
      taken.push(server);
      await once(server, "listening");
    };
    class Late extends Qemu {
      override async plan(spec: MachineSpec) {
        const card = spec.nics.find((nic) => nic.kind === "user");
        if (spec.name === "late") await take(card?.forwards[0]?.host);
        return super.plan(spec);
      }
      override async start(plan: MachinePlan, inherited: readonly number[]) {
        const machine = await super.start(plan, inherited);
        const addForward = machine.network.addForward.bind(machine.network);
        machine.network.addForward = async (wanted) => {
          await take(wanted.host);
          await addForward(wanted);
        };
        return machine;
      }
    }
    const hypervisors = testHypervisors(world.home, testQemu(world.home, Late));
    const supervisor = await world.open("unknown", { hypervisors });
    const { id } = await run(supervisor);

    const added = await supervisor.addPort(id, forward()).catch((error: unknown) => error);
    const started = await run(supervisor, { name: "late", ports: [forward()] }).catch((error: unknown) => error);
    for (const server of taken) server.close();

    const busy = {
      code: "port.busy",
      message: expect.stringMatching(`^Port \\d+ of the host is in use by .* \\(process ${process.pid}\\)$`),
    };
    expect([added, started]).toMatchObject([busy, busy]);
  });

  test.skipIf(process.platform !== "linux")(
    "that are free are not called taken where QEMU may open no more files; a capture has the same reason",
    async () => {
      const supervisor = await openSupervisor();
      const { id } = await run(supervisor);
      const pid = (await readFile(join(world.folder, "deck/instances", id, "qemu.pid"), "utf8")).trim();
      const mayOpen = (soft: number) => promisify(execFile)("prlimit", ["--pid", pid, `--nofile=${soft}:`]);

      const open = await readdir(`/proc/${pid}/fd`);
      const firstFree = open.findIndex((_, fd) => !open.includes(String(fd)));
      await mayOpen(firstFree < 0 ? open.length : firstFree);
      const added = await supervisor.addPort(id, forward()).catch((error: unknown) => error);
      const captured = await supervisor.setCapture(id, true).catch((error: unknown) => error);
      await mayOpen(1024);
      const later = await supervisor.addPort(id, forward());

      const hint = expect.stringContaining("as many connections open as QEMU allows");
      expect([added, captured]).toMatchObject([
        { code: "hypervisor.failed", message: expect.stringContaining("which is free"), hint },
        { code: "hypervisor.failed", hint },
      ]);
      expect(hostPorts(later)).toHaveLength(1);
    },
  );

  test("that are asked for twice, or are not there, are refused", async () => {
    const supervisor = await openSupervisor();
    const { id } = await run(supervisor, { ports: [forward()] });
    const [host = 0] = hostPorts(supervisor.get(id));

    await expect(supervisor.addPort(id, forward({ host }))).rejects.toMatchObject({ code: "port.invalid" });
    const missing = supervisor.removePort(id, { protocol: "udp", hostAddress: "127.0.0.1", host });

    await expect(missing).rejects.toMatchObject({ code: "port.not-found" });
  });

  test("are bounded, while it runs and before it is made; one that goes makes place for another", async () => {
    const supervisor = await openSupervisor();
    const most = Array.from({ length: MAX_PORTS }, () => forward());
    const tooMany = { code: "port.invalid", message: expect.stringContaining(`${MAX_PORTS + 1} published ports`) };
    const { id } = await run(supervisor, { ports: most });
    const [host = 0, ...others] = hostPorts(supervisor.get(id));

    await expect(supervisor.addPort(id, forward())).rejects.toMatchObject(tooMany);
    await expect(run(supervisor, { ports: [...most, forward()] })).rejects.toMatchObject(tooMany);
    await supervisor.removePort(id, { protocol: "tcp", hostAddress: "127.0.0.1", host });
    const again = hostPorts(await supervisor.addPort(id, forward()));
    await supervisor.stop(id);

    expect(again.slice(0, -1)).toEqual(others);
    expect(supervisor.list()).toHaveLength(1);
    expect(await Promise.all(again.map(isOpen))).not.toContain(true);
  });

  test("are ready when the kernel tells that somebody listens, and its address is known", async () => {
    const supervisor = await openSupervisor("pith");
    const { id } = await run(supervisor, { ports: [forward()] });
    const events = [
      { event: "address", t: 1, interface: "en1", address: "10.0.2.15" },
      { event: "listen", t: 2, protocol: "tcp", port: 80 },
    ];

    const file = join(world.folder, "deck/instances", id, "events.jsonl");
    await appendFile(file, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
    while (supervisor.get(id).listening.length === 0) await sleep(20);

    const { listening, addresses, ports } = supervisor.get(id);
    expect(listening).toEqual([{ protocol: "tcp", port: 80 }]);
    expect(addresses).toEqual([{ interface: "en1", address: "10.0.2.15" }]);
    expect(ports[0] && isReady(supervisor.get(id), ports[0])).toBe(true);
  });

  test("wait for the next start where the machine that runs is only in a private network", async () => {
    const supervisor = await world.open("pith", { networks: { seat: async () => [], ready: async () => {} } });
    const { id } = await run(supervisor, { networks: ["shop"] });

    const changed = await supervisor.addPort(id, forward());
    await supervisor.stop(id);
    const [host = 0] = hostPorts(await supervisor.start(id));

    expect([changed.ports, changed.pendingPorts]).toEqual([[], [forward()]]);
    expect(supervisor.get(id).pendingPorts).toEqual([]);
    expect(await isOpen(host)).toBe(true);
  });
});
