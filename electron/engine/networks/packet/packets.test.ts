import { describe, expect, test } from "vitest";
import { formatAddress, overlap, parseAddress, parseSubnet, type Subnet } from "../../lib/ipv4-address.ts";
import { buildArp, parseArp } from "./arp.ts";
import { buildFrame, EtherType, isGroup, parseFrame } from "./ethernet.ts";
import { answerEcho, buildUdp, checksum, parseIpv4, parseUdp } from "./ipv4.ts";

const address = (text: string) => parseAddress(text) ?? Number.NaN;
const subnet = (text: string): Subnet => parseSubnet(text) ?? { base: Number.NaN, bits: 0 };

describe("an address", () => {
  test.each(["0.0.0.0", "10.77.1.2", "255.255.255.255"])("%s is read and written", (text) => {
    expect(formatAddress(address(text))).toBe(text);
  });

  test.each(["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "0x1.2.3.4"])(
    "%j is none",
    (text) => expect(parseAddress(text)).toBeUndefined(),
  );

  test.each(["10.77.1.1/24", "10.77.1.0/29", "10.77.1.0/7", "10.77.1.0", "10.77.1.0/24/24", "10.77.1.0/+24"])(
    "%j is no subnet for guests",
    (text) => expect(parseSubnet(text)).toBeUndefined(),
  );

  test("subnets overlap when one is in the other", () => {
    expect(overlap(subnet("10.77.0.0/16"), subnet("10.77.9.0/24"))).toBe(true);
    expect(overlap(subnet("10.77.8.0/24"), subnet("10.77.9.0/24"))).toBe(false);
  });
});

describe("a frame", () => {
  // As tcpdump shows it: who has 10.77.1.1, says 10.77.1.2.
  const whoHas = Buffer.from(
    "ffffffffffff0211223344550806" + "0001080006040001" + "0211223344550a4d0102" + "0000000000000a4d0101",
    "hex",
  );

  test("is taken apart and put together the same", () => {
    const frame = parseFrame(whoHas);

    expect(frame).toMatchObject({ destination: "ff:ff:ff:ff:ff:ff", source: "02:11:22:33:44:55", type: EtherType.arp });
    expect(frame && buildFrame(frame)).toEqual(whoHas);
  });

  test("may carry an ARP request, which is read and written the same", () => {
    const arp = parseArp(whoHas.subarray(14));

    expect(arp).toEqual({
      operation: "request",
      senderMac: "02:11:22:33:44:55",
      senderAddress: address("10.77.1.2"),
      targetMac: "00:00:00:00:00:00",
      targetAddress: address("10.77.1.1"),
    });
    expect(arp && buildArp(arp)).toEqual(whoHas.subarray(14));
  });

  test("that is shorter than its header is none", () => {
    expect(parseFrame(whoHas.subarray(0, 13))).toBeUndefined();
    expect(parseArp(whoHas.subarray(14, 41))).toBeUndefined();
  });

  test("is for many where the first bit of its address says so", () => {
    expect(["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:fb", "02:00:00:00:00:01"].map(isGroup)).toEqual([true, true, false]);
  });
});

describe("an IPv4 packet", () => {
  // From RFC 1071's own example.
  test("has the Internet's checksum", () => {
    expect(checksum(Buffer.from("0001f203f4f5f6f7", "hex"))).toBe(0x220d);
  });

  const datagram = { sourcePort: 5353, destinationPort: 53, payload: Buffer.from("odd") };
  const whole = buildUdp(address("10.77.1.2"), address("10.77.1.1"), datagram);

  test("with a datagram is read as it was written", () => {
    const packet = parseIpv4(whole);

    expect(packet && parseUdp(packet)).toEqual(datagram);
  });

  test("with padding behind it is read without that", () => {
    const packet = parseIpv4(Buffer.concat([whole, Buffer.alloc(20)]));

    expect(packet && parseUdp(packet)?.payload.toString()).toBe("odd");
  });

  test("is refused when any of its header's bytes was damaged, or any of its datagram's", () => {
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      const packet = parseIpv4(damaged);
      expect(packet && parseUdp(packet), `byte ${at}`).toBeUndefined();
    }
  });

  test("that is a fragment, or cut short, is none", () => {
    const fragment = Buffer.from(whole);
    fragment.writeUInt16BE(0x2000, 6);
    fragment.writeUInt16BE(0, 10);
    fragment.writeUInt16BE(checksum(fragment.subarray(0, 20)), 10);

    expect(parseIpv4(fragment)).toBeUndefined();
    expect(parseIpv4(whole.subarray(0, whole.length - 1))).toBeUndefined();
  });

  test("with an echo request is answered with its own data", () => {
    const request = Buffer.from("0800000000010001616263", "hex");
    request.writeUInt16BE(checksum(request), 2);

    const reply = answerEcho({ source: 1, destination: 2, protocol: 1, payload: request });

    const packet = reply && parseIpv4(reply);
    expect(packet).toMatchObject({ source: 2, destination: 1 });
    expect(packet?.payload.toString("hex", 4)).toBe("00010001616263");
    expect(packet?.payload[0]).toBe(0);
    expect(packet && checksum(packet.payload)).toBe(0);
  });
});
