import { readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Instance, PortForward } from "../../../shared/contract/instances.ts";
import { framesOf } from "../formats/pcap/pcap.testing.ts";
import type { MachinePlan, RunningMachine } from "../hypervisors/driver.ts";
import { cardsIn } from "../hypervisors/qemu/network.ts";
import { Qemu } from "../hypervisors/qemu/qemu.ts";
import { QmpError } from "../hypervisors/qemu/qmp.ts";
import { testHypervisors, testQemu } from "../hypervisors/testing.ts";
import { testKeeper } from "../keeper/keeper.testing.ts";
import { toBuffer } from "../lib/to-buffer.ts";
import { EtherType, parseFrame } from "../networks/packet/ethernet.ts";
import type { Supervisor } from "./supervisor.ts";
import { SupervisorWorld } from "./supervisor-world.testing.ts";

let world: SupervisorWorld;
beforeEach(async () => {
  world = await SupervisorWorld.create();
});
afterEach(() => world[Symbol.asyncDispose]());

const ports = [PortForward.parse({ host: 0, guest: 80 })];
const fileOf = (instance: Instance) => instance.capture.files[0]?.path ?? "";

/** Knocks at the guest's port until `holds`: QEMU asks by ARP who has the guest's address, and nobody answers. */
async function knockUntil(instance: Instance, holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) {
    const socket = connect(instance.ports[0]?.host ?? 0, "127.0.0.1").on("error", () => undefined);
    await sleep(50);
    socket.destroy();
  }
}

const PCAP_HEADER_BYTES = 24;
const sizeOf = (instance: Instance) => instance.capture.files[0]?.sizeBytes ?? 0;

async function bytesOf(supervisor: Supervisor, id: string, card: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const { bytes } of supervisor.readCapture(id, card, 0)) pieces.push(toBuffer(bytes));
  return Buffer.concat(pieces);
}

test("a capture that is begun while the machine runs has its frames, until it is ended", async () => {
  const supervisor = await world.open();
  const { id } = await world.run(supervisor, { ports });

  const begun = await supervisor.setCapture(id, true);
  await knockUntil(begun, () => sizeOf(supervisor.get(id)) > PCAP_HEADER_BYTES);
  const ended = await supervisor.setCapture(id, false);

  const bytes = await bytesOf(supervisor, id, "net0");
  expect(framesOf(bytes).map((frame) => parseFrame(frame)?.type)).toContain(EtherType.arp);
  expect(ended.capture).toEqual({
    on: false,
    isFull: false,
    files: [{ card: "net0", path: fileOf(begun), sizeBytes: bytes.length }],
  });
  await expect(bytesOf(supervisor, id, "../instance")).rejects.toMatchObject({ code: "capture.not-found" });
});

test("one that was asked for at rest is there from the start of the next run, in a new file", async () => {
  const supervisor = await world.open();
  const { id } = await world.run(supervisor, { ports, capture: true });
  await knockUntil(supervisor.get(id), () => sizeOf(supervisor.get(id)) > PCAP_HEADER_BYTES);
  await supervisor.stop(id);

  await supervisor.start(id);
  while (sizeOf(supervisor.get(id)) < PCAP_HEADER_BYTES) await sleep(20);

  const { capture } = supervisor.get(id);
  expect(capture).toMatchObject({ on: true, files: [{ card: "net0" }] });
  expect(framesOf(await readFile(fileOf(supervisor.get(id))))).toEqual([]);
});

test("the next engine learns from the machine what is captured, and goes on to tell its size", async () => {
  const first = await world.open();
  const { id } = await world.run(first, { ports });
  await first.setCapture(id, true);
  await first.close();

  const next = await world.open();
  const before = sizeOf(next.get(id));
  await knockUntil(next.get(id), () => sizeOf(next.get(id)) > before);

  expect(next.get(id).capture.on).toBe(true);
  expect((await next.setCapture(id, false)).capture.on).toBe(false);
});

test("a capture that has become too large is ended, and says so", async () => {
  const supervisor = await world.open("unknown", { captureBytes: () => 100 });
  const { id } = await world.run(supervisor, { ports, capture: true });

  await knockUntil(supervisor.get(id), () => supervisor.get(id).capture.isFull);

  expect(supervisor.get(id).capture.on).toBe(false);
  const said = (await supervisor.log(id)).map(({ text }) => text).join("\n");
  expect(said).toContain("its limit of 100 bytes");
});

test("the keeper ends a file between two frames at its limit, and the engine ends the capture", async () => {
  await world.keeper.close();
  const keeper = testKeeper(join(world.folder, "deck"), { capture: 200 });
  const supervisor = await world.open("unknown", { keeper });
  const { id } = await world.run(supervisor, { ports });
  await supervisor.setCapture(id, true);

  await knockUntil(supervisor.get(id), () => supervisor.get(id).capture.isFull);

  const file = await readFile(fileOf(supervisor.get(id)));
  expect(file.length).toBeLessThanOrEqual(200);
  const frameBytes = framesOf(file).reduce((sum, frame) => sum + 16 + frame.length, 0);
  expect(file.length).toBe(PCAP_HEADER_BYTES + frameBytes);
  expect(supervisor.get(id).capture.on).toBe(false);
});

test("where the monitor refuses to end it, that is tried again", async () => {
  class Stubborn extends Qemu {
    override async start(plan: MachinePlan, inherited: readonly number[]): Promise<RunningMachine> {
      const machine = await super.start(plan, inherited);
      const endCapture = machine.network.endCapture.bind(machine.network);
      machine.network.endCapture = async (card) => {
        machine.network.endCapture = endCapture;
        throw new QmpError(`QEMU did not answer for ${card}`);
      };
      return machine;
    }
  }
  const hypervisors = testHypervisors(world.home, testQemu(world.home, Stubborn));
  const supervisor = await world.open("unknown", { captureBytes: () => 100, hypervisors });
  const { id } = await world.run(supervisor, { ports, capture: true });

  await knockUntil(supervisor.get(id), () => supervisor.get(id).capture.isFull);

  expect(supervisor.get(id).capture.on).toBe(false);
  expect((await supervisor.log(id)).map(({ text }) => text).join("\n")).toContain("could not be changed");
});

test("captures that can't be read keep nothing else from its work", async () => {
  const first = await world.open();
  const { id } = await world.run(first);
  await first.stop(id);
  await first.close();
  await writeFile(join(world.folder, "deck", "instances", id, "captures"), "no folder");

  const next = await world.open();
  await next.start(id);

  expect(next.get(id)).toMatchObject({ state: "running", capture: { files: [] } });
});

test("cards and their filters are read from what the monitor says, and nothing else is", () => {
  const said = [
    "virtio-net-pci.0: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:56",
    " \\ net0: index=0,type=user,net=10.0.2.0,restrict=off",
    "filters:",
    "  - capture-net0: type=filter-dump,file=/x.pcap,maxlen=65536,status=on,netdev=net0,queue=all",
    "virtio-net-pci.1: index=0,type=nic,model=virtio-net-pci,macaddr=52:54:00:12:34:57",
    " \\ private-shop: index=0,type=stream,",
  ].join("\r\n");

  expect(cardsIn(said)).toEqual([
    { name: "net0", isCaptured: true },
    { name: "private-shop", isCaptured: false },
  ]);
  expect(cardsIn("unknown command: 'info network'")).toEqual([]);
});
