import { once } from "node:events";
import { access, appendFile, mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Instance, InstanceSpec } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { QmpClient } from "../hypervisors/qemu/qmp.ts";
import { testHypervisors } from "../hypervisors/testing.ts";
import { testKeeper } from "../keeper/keeper.testing.ts";
import type { Keeper } from "../keeper/keeper.ts";
import { EventHub } from "../lib/event-hub.ts";
import { resolveHomes } from "../lib/homes.ts";
import { toBuffer } from "../lib/to-buffer.ts";
import { writeBootDisk } from "./boot-sector.testing.ts";
import { Supervisor } from "./supervisor.ts";

let folder: string;
let events: EventHub;
let supervisor: Supervisor;
let keeper: Keeper;
const opened: Supervisor[] = [];

async function openSupervisor(stopTimes = { powerButtonMs: 200, quitMs: 3000 }): Promise<Supervisor> {
  const homes = resolveHomes({ OPS_HOME: folder, UNIDECK_HOME: join(folder, "deck") }, folder);
  const one = new Supervisor({
    homes,
    events,
    resolveImage: async (nameOrPath) => {
      const path = nameOrPath === "guest" ? join(folder, "disk") : nameOrPath;
      await access(path).catch(() => {
        throw new Problem("image.not-found", `There is no image ${path}`);
      });
      return { path, name: "guest" };
    },
    extractKernel: async (path) => ({ path, sha256: "", kind: "unknown" }),
    readCrashLog: async () => undefined,
    hypervisors: testHypervisors(join(folder, "deck")),
    keeper,
    stopTimes,
  });
  opened.push(one);
  await one.open();
  return one;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-vm-"));
  events = new EventHub();
  keeper = testKeeper(join(folder, "deck"));
  supervisor = await openSupervisor();
});

afterEach(async () => {
  const last = opened.at(-1);
  for (const { id } of last?.list() ?? []) await last?.remove(id, { force: true });
  await Promise.all(opened.splice(0).map((one) => one.close()));
  await keeper.close();
  await rm(folder, { recursive: true, force: true });
});

const spec = (some: Partial<InstanceSpec> = {}) =>
  InstanceSpec.parse({ memoryBytes: 16 * 2 ** 20, accelerator: "tcg", ...some });

/** A disk whose guest says `line`, then ends with `exitCode`, or never. */
async function disk(line: string, exitCode?: number): Promise<string> {
  const path = join(folder, "disk");
  await writeBootDisk(path, line, exitCode);
  return path;
}

async function until(holds: () => boolean): Promise<void> {
  if (holds()) return;
  await new Promise<void>((resolve) => {
    const stop = events.listen(() => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}

async function ended(id: string, inside = supervisor): Promise<Instance> {
  await until(() => ["exited", "failed"].includes(inside.get(id).state));
  return inside.get(id);
}

async function consoleText(id: string, from = 0, inside = supervisor): Promise<string> {
  let text = "";
  for await (const chunk of inside.console({ id, from, follow: false })) text += toBuffer(chunk.bytes);
  return text;
}

/** Starts a guest that says `ready` and waits; settles when it has said so. */
async function startWaiting(): Promise<Instance> {
  const { id } = await supervisor.create({ image: await disk("ready"), spec: spec(), start: true });
  await until(() => supervisor.get(id).times.firstOutput !== undefined);
  return supervisor.get(id);
}

describe("an instance", () => {
  test("runs to its end: its console and its code are told", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 3), spec: spec(), start: true });

    const { state, exit, firstOutputSource } = await ended(id);

    expect({ state, code: exit?.code, firstOutputSource }).toEqual({
      state: "exited",
      code: 3,
      firstOutputSource: "console",
    });
    expect(await consoleText(id)).toBe("hello\n");
  });

  test("that is started again goes on in the same console", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 3), spec: spec(), start: true });
    await ended(id);

    await supervisor.start(id);
    const { runs } = await ended(id);

    expect(runs).toBe(2);
    expect(await consoleText(id)).toBe("hello\nhello\n");
    expect(await consoleText(id, 6)).toBe("hello\n");
  });

  test("that does not hear the power button is told to quit", async () => {
    const { id } = await startWaiting();

    await supervisor.stop(id);

    const { state, exit } = supervisor.get(id);
    expect(state).toBe("exited");
    expect(exit?.reason).toContain("power button");
    const said = (await supervisor.log(id)).map((line) => line.text).join("\n");
    expect(said).toContain("Pressing the power button");
  });

  test("whose QEMU answers nobody is killed at last, and each step is told", async () => {
    await supervisor.close();
    supervisor = await openSupervisor({ powerButtonMs: 150, quitMs: 150 });
    const { id, pid = 0 } = await startWaiting();
    const steps: (string | undefined)[] = [];
    const unlisten = events.listen(() => {
      const { state, stopStep } = supervisor.get(id);
      if (state === "stopping" && stopStep !== steps.at(-1)) steps.push(stopStep);
    });

    process.kill(pid, "SIGSTOP");
    await supervisor.stop(id);
    unlisten();

    expect(steps).toEqual(["power-button", "quit", "kill"]);
    expect(supervisor.get(id)).toMatchObject({ state: "exited", exit: { reason: "killed" } });
    expect(supervisor.get(id).stopStep).toBeUndefined();
  });

  test("is killed at once", async () => {
    const { id } = await startWaiting();

    await supervisor.kill(id);

    expect(supervisor.get(id)).toMatchObject({ state: "exited", exit: { reason: "killed" } });
  });

  test("that runs is deleted only with force, and nothing of it is left", async () => {
    const { id, pid } = await startWaiting();

    await expect(supervisor.remove(id)).rejects.toMatchObject({ code: "instance.running" });
    await supervisor.remove(id, { force: true });

    expect(await readdir(join(folder, "deck", "instances"))).toEqual([]);
    expect(() => process.kill(pid ?? 0, 0)).toThrowError(expect.objectContaining({ code: "ESRCH" }));
  });

  test("that two delete at once is gone for both", async () => {
    const { id } = await startWaiting();

    const removed = await Promise.all([1, 2].map(() => supervisor.remove(id, { force: true })));

    expect(removed).toEqual([{ id }, { id }]);
    expect(supervisor.list()).toEqual([]);
  });

  test("that is being deleted is not started any more", async () => {
    await disk("here");
    const { id } = await supervisor.create({ image: "guest", spec: spec(), start: false });

    const removal = supervisor.remove(id);

    await expect(supervisor.start(id)).rejects.toMatchObject({ code: "instance.not-found" });
    await removal;
    expect(await readdir(join(folder, "deck", "instances"))).toEqual([]);
  });

  test("that does not run takes no input", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 0), spec: spec(), start: false });

    await expect(supervisor.input(id, Buffer.from("x"))).rejects.toMatchObject({ code: "instance.not-running" });
  });

  test("with a port that somebody has is refused, and says which and whose", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const host = typeof address === "object" && address ? address.port : 0;

    const ports = [{ host, guest: 80, hostAddress: "127.0.0.1", protocol: "tcp" as const }];
    const attempt = supervisor.create({ image: await disk("ready"), spec: spec({ ports }), start: true });

    const message = expect.stringMatching(new RegExp(`Port ${host} .* \\(process ${process.pid}\\)`));
    await expect(attempt).rejects.toMatchObject({ code: "port.busy", message });
    expect(supervisor.list()).toEqual([]);
    server.close();
  });

  test("that could not start leaves nothing, whatever kept it from starting", async () => {
    // An accelerator that Linux does not have.
    const attempt = supervisor.create({
      image: await disk("ready"),
      spec: spec({ options: { accelerator: "hvf" } }),
      start: true,
    });

    await expect(attempt).rejects.toMatchObject({ code: "hypervisor.failed" });
    expect(supervisor.list()).toEqual([]);
    expect(await readdir(join(folder, "deck", "instances"))).toEqual([]);
  });

  test("of an image that is gone is a problem and leaves nothing", async () => {
    const attempt = supervisor.create({ image: join(folder, "nothing"), spec: spec(), start: true });

    await expect(attempt).rejects.toMatchObject({ code: "image.not-found" });
    expect(supervisor.list()).toEqual([]);
  });
});

describe("host ports", () => {
  const forward = (host: number) => ({ host, guest: 80, hostAddress: "127.0.0.1", protocol: "tcp" as const });
  const runWith = async (host: number) => {
    const image = await disk("ready");
    return supervisor.create({ image, spec: spec({ ports: [forward(host)] }), start: true });
  };

  test("that an instance holds are told before anything is made, with the next free one and its holder", async () => {
    const { id, name, ports } = await runWith(0);
    const host = ports[0]?.host ?? 0;

    const conflicts = await supervisor.checkPorts([forward(host), forward(0)]);

    expect(conflicts).toEqual([
      {
        forward: forward(host),
        problem: expect.objectContaining({ code: "port.busy" }),
        free: expect.any(Number),
        holder: { id, name },
      },
    ]);
    expect(conflicts[0]?.free).toBeGreaterThan(host);
    expect(await supervisor.checkPorts([forward(conflicts[0]?.free ?? 0)])).toEqual([]);
  });

  test("of an instance that will be replaced are free", async () => {
    const { id, ports } = await runWith(0);

    expect(await supervisor.checkPorts(ports, id)).toEqual([]);
  });

  test("that are proposed are not asked for by another forward of the same check", async () => {
    const { ports } = await runWith(0);
    const host = ports[0]?.host ?? 0;

    const [conflict] = await supervisor.checkPorts([forward(host), { ...forward(host + 1), guest: 81 }]);

    expect(conflict?.free).toBeGreaterThan(host + 1);
  });
});

describe("an instance that replaces another", () => {
  test("has its name and its ports, and the other can be brought back", async () => {
    const old = await startWaiting();
    const image = await disk("ready");

    const instance = await supervisor.replace(old.id, { image, spec: spec() });

    expect(supervisor.list().map(({ id, name }) => [id, name])).toEqual([[instance.id, old.name]]);
    expect((await supervisor.restore(old.id)).state).toBe("exited");
  });

  test("leaves the other, stopped, when it does not start", async () => {
    const old = await startWaiting();

    const attempt = supervisor.replace(old.id, {
      image: await disk("ready"),
      spec: spec({ options: { accelerator: "hvf" } }),
    });

    await expect(attempt).rejects.toMatchObject({ code: "hypervisor.failed" });
    expect(supervisor.list().map(({ id, state }) => [id, state])).toEqual([[old.id, "exited"]]);
  });

  test("does not stop the other where its ports are taken", async () => {
    const old = await startWaiting();
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const host = typeof address === "object" && address ? address.port : 0;
    const ports = [{ host, guest: 80, hostAddress: "127.0.0.1", protocol: "tcp" as const }];

    const attempt = supervisor.replace(old.id, { image: await disk("ready"), spec: spec({ ports }) });

    await expect(attempt).rejects.toMatchObject({ code: "port.busy" });
    expect(supervisor.get(old.id).state).toBe("running");
    server.close();
  });
});

describe("a paused instance", () => {
  test("pauses, and resumes where it was", async () => {
    const { id } = await startWaiting();

    const paused = await supervisor.pause(id);
    const resumed = await supervisor.resume(id);

    expect(paused).toMatchObject({ state: "paused", pauseReason: "asked" });
    expect(resumed.state).toBe("running");
    expect(resumed.pauseReason).toBeUndefined();
  });

  test("is still paused for the next engine", async () => {
    const { id } = await startWaiting();
    await supervisor.pause(id);
    await supervisor.close();

    const next = await openSupervisor();

    expect(next.get(id)).toMatchObject({ state: "paused", pauseReason: "asked" });
    await next.resume(id);
    expect(next.get(id).state).toBe("running");
  });

  test("that somebody else lets go on is seen to run", async () => {
    const { id } = await startWaiting();
    await supervisor.pause(id);
    await supervisor.close();
    const qmp = await QmpClient.connect(join(folder, "deck", "instances", id, "qmp.sock"));
    await qmp.execute("cont");
    qmp.close();

    const next = await openSupervisor();
    await until(() => next.get(id).state === "running");

    expect(next.get(id).pauseReason).toBeUndefined();
  });

  test("can be stopped", async () => {
    const { id } = await startWaiting();
    await supervisor.pause(id);

    await supervisor.stop(id);

    expect(supervisor.get(id).state).toBe("exited");
  });

  test("must have been running", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 0), spec: spec(), start: false });

    await expect(supervisor.pause(id)).rejects.toMatchObject({ code: "instance.not-running" });
  });
});

describe("a deletion that can be undone", () => {
  test("takes the instance away at once, and brings it back whole", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 3), spec: spec(), start: true });
    await ended(id);

    await supervisor.remove(id, { undo: true });
    const meanwhile = supervisor.list();
    const restored = await supervisor.restore(id);

    expect(meanwhile).toEqual([]);
    expect(restored).toMatchObject({ id, state: "exited", exit: { code: 3 } });
    expect(await consoleText(id)).toBe("hello\n");
    await supervisor.start(id);
    expect((await ended(id)).runs).toBe(2);
  });

  test("finds its name taken, and takes another", async () => {
    const image = await disk("hello\n", 0);
    const { id } = await supervisor.create({ image, spec: spec(), start: false });
    await supervisor.remove(id, { undo: true });
    await supervisor.create({ image, spec: spec(), start: false });

    expect((await supervisor.restore(id)).name).toBe("guest-2");
  });

  test("is for good without it", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 0), spec: spec(), start: false });
    await supervisor.remove(id);

    await expect(supervisor.restore(id)).rejects.toMatchObject({ code: "instance.not-found" });
    expect(await readdir(join(folder, "deck", "trash"))).toEqual([]);
  });

  test("can be undone by the next engine, too", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 0), spec: spec(), start: false });
    await supervisor.remove(id, { undo: true });
    await supervisor.close();

    const next = await openSupervisor();

    expect(next.list()).toEqual([]);
    expect((await next.restore(id)).id).toBe(id);
  });

  test("is not asked of a path", async () => {
    await expect(supervisor.restore(".")).rejects.toMatchObject({ code: "instance.not-found" });
  });
});

describe("names", () => {
  test("can be changed, and outlive the engine", async () => {
    const { id } = await supervisor.create({ image: await disk("hello\n", 0), spec: spec(), start: false });

    await supervisor.rename("guest", "db");
    await supervisor.close();

    expect((await openSupervisor()).get("db").id).toBe(id);
  });

  test("that others have can't be taken", async () => {
    const image = await disk("hello\n", 0);
    await supervisor.create({ image, spec: spec({ name: "web" }), start: false });
    await supervisor.create({ image, spec: spec({ name: "db" }), start: false });

    await expect(supervisor.rename("web", "db")).rejects.toMatchObject({ code: "instance.exists" });
    expect((await supervisor.rename("web", "web")).name).toBe("web");
  });

  test("of a duplicate are free, as are its ports", async () => {
    const ports = [{ host: 18080, guest: 80, hostAddress: "127.0.0.1", protocol: "tcp" as const }];
    const image = await disk("hello\n", 0);
    await supervisor.create({ image, spec: spec({ ports, memoryBytes: 24 * 2 ** 20 }), start: false });

    const copy = await supervisor.duplicate("guest", undefined);

    expect(copy).toMatchObject({ name: "guest-2", state: "created", memoryBytes: 24 * 2 ** 20 });
    expect(copy.ports).toMatchObject([{ host: 0, guest: 80 }]);
  });

  test("of a second instance of an image are made free", async () => {
    const image = await disk("hello\n", 0);

    await supervisor.create({ image, spec: spec(), start: false });
    await supervisor.create({ image, spec: spec(), start: false });

    expect(supervisor.list().map(({ name }) => name)).toEqual(["guest", "guest-2"]);
  });

  test("that are asked for and taken are refused", async () => {
    const image = await disk("hello\n", 0);
    await supervisor.create({ image, spec: spec({ name: "web" }), start: false });

    const attempt = supervisor.create({ image, spec: spec({ name: "web" }), start: false });

    await expect(attempt).rejects.toMatchObject({ code: "instance.exists" });
  });
});

describe("the next engine", () => {
  test("opens the others where one instance can't be read, and shows that as damaged", async () => {
    await disk("here");
    const create = () => supervisor.create({ image: "guest", spec: spec(), start: false });
    const [broken, whole] = [await create(), await create()];
    await supervisor.close();
    await rm(join(folder, "deck", "instances", broken.id, "console.log"));
    await mkdir(join(folder, "deck", "instances", broken.id, "console.log"));

    const next = await openSupervisor();

    expect(next.get(whole.id).state).toBe("created");
    expect(next.get(broken.id)).toMatchObject({ state: "damaged", damage: { reason: expect.any(String) } });
  });

  test("adopts what runs, with its whole console, and can end it", async () => {
    const { id, pid } = await startWaiting();
    await supervisor.close();

    const next = await openSupervisor();

    expect(next.get(id)).toMatchObject({ state: "running", pid });
    await expect.poll(() => consoleText(id, 0, next)).toBe("ready");
    await next.kill(id);
    expect(next.get(id).state).toBe("exited");
  });

  test("writes down a remark of the kernel once, whichever engine saw it", async () => {
    const { id } = await startWaiting();
    const remark = (text: string) => `${JSON.stringify({ event: "remark", t: 1, text })}\n`;
    const remarks = async (of: Supervisor) =>
      (await of.log(id)).flatMap(({ source, text }) => (source === "kernel" ? [text] : []));
    const path = join(folder, "deck", "instances", id, "events.jsonl");
    await appendFile(path, remark("the first"));
    await expect.poll(() => remarks(supervisor)).toEqual(["the first"]);
    await supervisor.close();
    await appendFile(path, remark("the first") + remark("meanwhile"));

    const next = await openSupervisor();

    expect(await remarks(next)).toEqual(["the first", "meanwhile"]);
    await next.kill(id);
    expect(await remarks(next)).toEqual(["the first", "meanwhile"]);
  });

  test("says of what ended meanwhile that its code is not known", async () => {
    const { id, pid } = await startWaiting();
    await supervisor.close();
    process.kill(pid ?? 0, "SIGKILL");
    await expect.poll(() => isThere(pid ?? 0)).toBe(false);

    const next = await openSupervisor();

    const { state, exit } = next.get(id);
    expect(state).toBe("exited");
    expect(exit?.code).toBeUndefined();
    expect(exit?.reason).toContain("not known");
  });
});

/** Whether the process runs; one that was killed but not waited for does not. */
async function isThere(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat !== "" && !stat.includes(") Z ");
}
