/** A member that wants its network to itself: floods of addresses, false senders, answers in the switch's name, endless streams. */

import { describe, expect, test } from "vitest";
import { randomNumbers } from "../../lib/mutation.testing.ts";
import { buildFrame, EtherType } from "../packet/ethernet.ts";
import { arpRequest, dhcpFrame, dnsQuery, udpFrame } from "../packet/guest.testing.ts";
import { FrameReader, lengthPrefix, MAX_FRAME_BYTES } from "./frame-stream.ts";
import { MacTable } from "./mac-table.ts";
import { ownMac } from "./services.ts";
import { Switching } from "./switching.ts";

const subnet = { base: 0x0a4d0100, bits: 24 };
const attacker = { id: "i1", name: "web", mac: "02:00:00:00:00:01", address: 0x0a4d0102 };
const victim = { id: "i2", name: "db", mac: "02:00:00:00:00:02", address: 0x0a4d0103 };
const network = { name: "shop", subnet, members: [attacker, victim] };
const own = ownMac(network);
const macOf = (n: number) =>
  `06:${[24, 16, 8, 0].map((shift) => ((n >>> shift) & 255).toString(16).padStart(2, "0")).join(":")}:01`;
const plain = (source: string, destination: string) =>
  buildFrame({ source, destination, type: EtherType.ipv4, payload: Buffer.alloc(46) });

function plugged() {
  const switching = new Switching(network);
  const got: Record<string, Buffer[]> = { i1: [], i2: [] };
  for (const id of ["i1", "i2"])
    switching.plug(id, (frame) => {
      got[id]?.push(Buffer.from(frame));
      return true;
    });
  return { switching, got };
}

describe("a switch under attack", () => {
  test("learns a bounded number of addresses, and still knows who spoke last", () => {
    const table = new MacTable();

    for (let n = 0; n < 100_000; n++) table.learn(macOf(n), "i1", n);
    table.learn(victim.mac, "i2", 100_000);

    expect(table.size).toBeLessThanOrEqual(1024);
    expect(table.portOf(victim.mac, 100_001)).toBe("i2");
  });

  test("passes nothing on that says it comes from the switch or from a group", () => {
    const { switching, got } = plugged();

    for (const source of [own, "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "33:33:00:00:00:01"])
      switching.take("i1", plain(source, victim.mac), 1);

    expect(got.i2).toEqual([]);
    // Nor has it learned that the switch is there.
    switching.take("i2", arpRequest(victim.mac, victim.address, subnet.base + 1), 2);
    expect(got.i2).toHaveLength(1);
    expect(got.i1).toEqual([]);
  });

  test("gives no address in another member's place, and its own to nobody", () => {
    const { switching, got } = plugged();

    switching.take("i1", dhcpFrame(attacker.mac, 3, [50, 4, 10, 77, 1, 3]), 1);
    switching.take("i1", dhcpFrame(attacker.mac, 3, [50, 4, 10, 77, 1, 1]), 2);

    const types = (got.i1 ?? []).map((frame) => frame[14 + 20 + 8 + 240 + 2]);
    // Both are refused (NAK).
    expect(types).toEqual([6, 6]);
    expect(got.i2).toEqual([]);
  });

  test("neither throws nor echoes, whatever comes in by whatever port", () => {
    const { switching, got } = plugged();
    const random = randomNumbers(0xa77ac);
    const toSwitch = { mac: own, address: subnet.base + 1, port: 53 };
    const seeds = [
      arpRequest(attacker.mac, attacker.address, subnet.base + 1),
      dhcpFrame(attacker.mac, 1),
      udpFrame({ ...attacker, port: 40_000 }, toSwitch, dnsQuery("db")),
      plain(attacker.mac, victim.mac),
    ];

    for (let n = 0; n < 50_000; n++) {
      const frame = Buffer.from(seeds[n % seeds.length] ?? Buffer.alloc(0));
      for (let changes = random(6); changes > 0; changes--) frame[random(frame.length)] = random(256);
      const cut = random(10) === 0 ? frame.subarray(0, random(frame.length)) : frame;
      const [from, other] = random(2) ? (["i1", "i2"] as const) : (["i2", "i1"] as const);
      for (const id of ["i1", "i2"]) got[id]?.splice(0);
      switching.take(from, cut, n);
      // What comes back to the sender is the switch's own answer; what goes on is what came.
      for (const answer of got[from] ?? []) expect(answer.toString("hex", 6, 12)).toBe(own.replaceAll(":", ""));
      for (const passed of got[other] ?? []) expect(passed.equals(cut)).toBe(true);
      expect((got[from]?.length ?? 0) + (got[other]?.length ?? 0)).toBeLessThanOrEqual(1);
    }
  });

  test("reads a stream byte by byte in time that grows with its length alone, and ends one that lies", () => {
    const reader = new FrameReader();
    const frame = plain(attacker.mac, victim.mac);
    const stream = Buffer.concat([lengthPrefix(frame), frame]);
    let frames = 0;

    for (let n = 0; n < 200; n++) for (const byte of stream) frames += reader.take(Buffer.from([byte])).length;

    expect(frames).toBe(200);
    for (const length of [0, MAX_FRAME_BYTES + 1, 0x7fffffff, 0xffffffff]) {
      const lie = Buffer.alloc(4);
      lie.writeUInt32BE(length);
      expect(() => new FrameReader().take(lie)).toThrow(RangeError);
    }
  });
});
