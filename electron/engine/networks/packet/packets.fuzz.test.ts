/** Frames that were damaged: nothing that a guest can send makes the switch throw, or answer with something that is none. */

import { expect, test } from "vitest";
import { randomNumbers } from "../../lib/mutation.testing.ts";
import { FrameReader, lengthPrefix } from "../switch/frame-stream.ts";
import { ownMac, serve } from "../switch/services.ts";
import { parseFrame } from "./ethernet.ts";
import { arpRequest, dhcpFrame, dnsQuery, udpFrame } from "./guest.testing.ts";
import { checksum, parseIpv4, parseUdp } from "./ipv4.ts";

const subnet = { base: 0x0a4d0100, bits: 24 };
const member = { id: "i1", name: "db", mac: "02:00:00:00:00:01", address: 0x0a4d0102 };
const network = { name: "shop", subnet, members: [member] };
const toSwitch = { mac: ownMac(network), address: subnet.base + 1, port: 53 };

const seeds = [
  arpRequest(member.mac, member.address, subnet.base + 1),
  dhcpFrame(member.mac, 1),
  dhcpFrame(member.mac, 3, [50, 4, 10, 77, 1, 2, 12, 3, 1, 2, 3, 61, 7, 1, 2, 3, 4, 5, 6, 7]),
  udpFrame({ ...member, port: 40_000 }, toSwitch, dnsQuery("db")),
  udpFrame({ ...member, port: 40_000 }, toSwitch, dnsQuery("a.very.long.name.that.nobody.has.shop", 28)),
];

/** Behind the addresses; with the checksums made right again, so that damage gets to where it is interesting. */
function damage(seed: Buffer, random: (below: number) => number): Buffer {
  let bytes = Buffer.from(seed);
  for (let n = 1 + random(4); n > 0; n--) bytes[14 + random(bytes.length - 14)] = random(256);
  if (random(4) === 0) bytes = bytes.subarray(0, 14 + random(bytes.length - 14));
  const isIpv4 = bytes.length >= 42 && bytes.readUInt16BE(12) === 0x0800;
  if (!isIpv4 || random(8) === 0) return bytes;
  bytes[14] = 0x45;
  bytes[23] = 17;
  bytes.writeUInt16BE(bytes.length - 14, 16);
  bytes.writeUInt16BE(0, 20);
  bytes.writeUInt16BE(0, 24);
  bytes.writeUInt16BE(checksum(bytes.subarray(14, 34)), 24);
  bytes.writeUInt16BE(bytes.length - 34, 38);
  bytes.writeUInt16BE(0, 40);
  return bytes;
}

test("a damaged frame is answered with whole frames, or not at all", () => {
  const random = randomNumbers(0x5eed);
  let gotPast = 0;
  let answered = 0;
  const rounds = 30_000;
  for (let i = 0; i < rounds; i++) {
    const frame = parseFrame(damage(seeds[i % seeds.length] ?? Buffer.alloc(0), random));
    if (!frame) continue;
    const packet = parseIpv4(frame.payload);
    if (frame.type === 0x0806 || (packet && parseUdp(packet))) gotPast++;
    for (const answer of serve(frame, network).answers) {
      answered++;
      const again = parseFrame(answer);
      if (again?.type === 0x0800) expect(parseIpv4(again.payload)).toBeDefined();
      expect(again?.source).toBe(ownMac(network));
    }
  }

  console.log(`frames: ${gotPast} of ${rounds} got past the headers, ${answered} were answered`);
  expect(gotPast).toBeGreaterThan(rounds / 2);
  expect(answered).toBeGreaterThan(rounds / 100);
});

test("a damaged stream gives frames that lie in it, or is given up", () => {
  const random = randomNumbers(0xf00d);
  for (let i = 0; i < 3000; i++) {
    const bytes = Buffer.concat(seeds.flatMap((seed) => [lengthPrefix(seed), seed]));
    bytes[random(bytes.length)] = random(256);
    const reader = new FrameReader();
    let given = 0;
    try {
      for (let at = 0; at < bytes.length; ) {
        const size = 1 + random(200);
        for (const frame of reader.take(bytes.subarray(at, at + size))) given += 4 + frame.length;
        at += size;
      }
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
    expect(given).toBeLessThanOrEqual(bytes.length);
  }
});
