import { describe, expect, test } from "vitest";
import { parseAddress } from "../../lib/ipv4-address.ts";
import { BROADCAST } from "../packet/ethernet.ts";
import { arpRequest, dhcpFrame, udpFrame } from "../packet/guest.testing.ts";
import { FrameReader, lengthPrefix, MAX_FRAME_BYTES } from "./frame-stream.ts";
import { MacTable } from "./mac-table.ts";
import { ownMac } from "./services.ts";
import { Switching, WAY_OUT } from "./switching.ts";

const address = (text: string) => parseAddress(text) ?? Number.NaN;
const network = { name: "shop", subnet: { base: address("10.77.1.0"), bits: 24 }, members: [] };
const macs = { a: "02:00:00:00:00:0a", b: "02:00:00:00:00:0b", c: "02:00:00:00:00:0c" };

function plugged() {
  const switching = new Switching(network);
  const got: Record<string, Buffer[]> = { a: [], b: [], c: [] };
  for (const [id, frames] of Object.entries(got))
    switching.plug(id, (frame) => {
      frames.push(frame);
      return true;
    });
  const counts = () => Object.values(got).map(({ length }) => length);
  return { switching, got, counts };
}

const frame = (from: string, to: string) =>
  udpFrame({ mac: from, address: 1, port: 1 }, { mac: to, address: 2, port: 2 }, Buffer.from("hello"));

describe("a switch", () => {
  test("floods what it does not know, and then knows where it came from", () => {
    const { switching, counts } = plugged();

    switching.take("a", frame(macs.a, macs.b), 0);
    const flooded = counts();
    switching.take("b", frame(macs.b, macs.a), 0);

    expect(flooded).toEqual([0, 1, 1]);
    expect(counts()).toEqual([1, 1, 1]);
  });

  test("sends a broadcast to all others, and a guest's own frame never back", () => {
    const { switching, counts } = plugged();

    switching.take("a", arpRequest(macs.a, 1, 2), 0);
    switching.take("a", frame(macs.a, macs.a), 0);

    expect(counts()).toEqual([0, 1, 1]);
  });

  test("forgets a guest that is gone: its address may be elsewhere", () => {
    const { switching, counts } = plugged();
    switching.take("b", frame(macs.b, BROADCAST), 0);
    switching.unplug("b");

    switching.take("a", frame(macs.a, macs.b), 0);

    expect(counts()).toEqual([1, 0, 2]);
  });

  test("takes no frame that claims to be from itself, or from a group", () => {
    const { switching, counts } = plugged();

    switching.take("a", frame(ownMac(network), macs.b), 0);
    switching.take("a", frame(BROADCAST, macs.b), 0);

    expect(counts()).toEqual([0, 0, 0]);
  });

  test("counts from the guest's side, and what was dropped", () => {
    const { switching } = plugged();
    switching.plug("c", () => false);
    const bytes = frame(macs.a, macs.b);

    switching.take("a", bytes, 0);

    expect(switching.countsOf("a")).toMatchObject({ sentBytes: bytes.length, sentFrames: 1, receivedFrames: 0 });
    expect(switching.countsOf("b")).toMatchObject({ receivedBytes: bytes.length, receivedFrames: 1 });
    expect(switching.countsOf("c")).toMatchObject({ receivedFrames: 0, droppedFrames: 1 });
  });

  test("keeps DHCP between itself and its members: the way out neither hears nor answers it", () => {
    const { switching, counts } = plugged();
    const out: Buffer[] = [];
    switching.plug(WAY_OUT, (bytes) => {
      out.push(bytes);
      return true;
    });

    switching.take("a", dhcpFrame(macs.a, 1), 0);
    const answer = udpFrame(
      { mac: "52:55:0a:4d:01:fe", address: address("10.77.1.254"), port: 67 },
      { mac: BROADCAST, address: 0xffffffff, port: 68 },
      Buffer.alloc(300),
    );
    switching.take(WAY_OUT, answer, 0);

    expect([out.length, ...counts()]).toEqual([0, 0, 0, 0]);
  });
});

describe("the addresses that it has learned", () => {
  test("are bounded, however many a guest claims to have", () => {
    const table = new MacTable();

    for (let i = 0; i < 5000; i++)
      table.learn(`02:00:00:00:${(i >> 8).toString(16)}:${(i & 255).toString(16)}`, "a", i);

    expect(table.size).toBe(1024);
  });

  test("are forgotten when nothing was heard of them for long", () => {
    const table = new MacTable();
    table.learn(macs.a, "a", 0);

    expect(table.portOf(macs.a, 60_000)).toBe("a");
    expect(table.portOf(macs.a, 400_000)).toBeUndefined();
  });
});

describe("a stream of frames", () => {
  const frames = [Buffer.from("one"), Buffer.alloc(1514, 7), Buffer.from("3")];
  const stream = Buffer.concat(frames.flatMap((one) => [lengthPrefix(one), one]));

  test.each([1, 3, 5, 700, 4096])("that comes in pieces of %i bytes is taken apart at the same places", (size) => {
    const reader = new FrameReader();
    const got: Buffer[] = [];

    for (let at = 0; at < stream.length; at += size) got.push(...reader.take(stream.subarray(at, at + size)));

    expect(got).toEqual(frames);
  });

  test.each([0, MAX_FRAME_BYTES + 1, 0xffffffff])("with a length of %i is lost", (length) => {
    const prefix = Buffer.alloc(4);
    prefix.writeUInt32BE(length);

    expect(() => new FrameReader().take(prefix)).toThrow(RangeError);
  });
});
