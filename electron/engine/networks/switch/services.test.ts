import { describe, expect, test } from "vitest";
import { formatAddress, parseAddress } from "../../lib/ipv4-address.ts";
import { parseArp } from "../packet/arp.ts";
import { parseFrame } from "../packet/ethernet.ts";
import { arpRequest, dhcpFrame, dnsQuery, udpFrame } from "../packet/guest.testing.ts";
import { parseIpv4, parseUdp } from "../packet/ipv4.ts";
import { wayOutOf } from "../plan-network.ts";
import { type NetworkFacts, ownMac, type Served, serve } from "./services.ts";

const address = (text: string) => parseAddress(text) ?? Number.NaN;
const subnet = { base: address("10.77.1.0"), bits: 24 };
const web = { id: "i1", name: "web", mac: "02:00:00:00:00:01", address: address("10.77.1.2") };
const db = { id: "i2", name: "DB-1", mac: "02:00:00:00:00:02", address: address("10.77.1.3") };
const internal: NetworkFacts = { name: "shop", subnet, members: [web, db] };
const open: NetworkFacts = { ...internal, wayOut: wayOutOf(subnet) };

function served(bytes: Buffer, network = internal): Served {
  const frame = parseFrame(bytes);
  if (!frame) throw new Error("no frame");
  return serve(frame, network);
}

/** The one answer, as a datagram. */
function answerTo(bytes: Buffer, network = internal) {
  const [answer] = served(bytes, network).answers;
  const frame = answer && parseFrame(answer);
  const packet = frame && parseIpv4(frame.payload);
  const datagram = packet && parseUdp(packet);
  return datagram && { frame, packet, datagram };
}

describe("ARP", () => {
  test("for the switch's own address is answered by it, to who asked", () => {
    const { answers, passes } = served(arpRequest(web.mac, web.address, address("10.77.1.1")));

    const frame = answers[0] && parseFrame(answers[0]);
    expect([passes, frame?.destination]).toEqual([false, web.mac]);
    expect(frame && parseArp(frame.payload)).toMatchObject({ operation: "reply", senderMac: ownMac(internal) });
  });

  test("for anybody else goes on", () => {
    expect(served(arpRequest(web.mac, web.address, db.address))).toEqual({ answers: [], passes: true });
  });
});

describe("DHCP", () => {
  const options = (payload: Buffer | undefined) => {
    const found: Record<number, string> = {};
    for (let at = 240; payload && at < payload.length && payload[at] !== 255; at += 2 + (payload[at + 1] ?? 0))
      found[payload[at] ?? 0] = payload.toString("hex", at + 2, at + 2 + (payload[at + 1] ?? 0));
    return found;
  };
  const hex = (text: string) => address(text).toString(16).padStart(8, "0");
  const wanting = (text: string) => [50, 4, ...Buffer.from(hex(text), "hex")];

  test("gives a member the address that it has, with mask, router, name server and domain", () => {
    const offer = answerTo(dhcpFrame(db.mac, 1));

    const payload = offer?.datagram.payload;
    expect(payload && formatAddress(payload.readUInt32BE(16))).toBe("10.77.1.3");
    expect(options(payload)).toMatchObject({
      53: "02",
      54: hex("10.77.1.1"),
      1: "ffffff00",
      3: hex("10.77.1.1"),
      6: hex("10.77.1.1"),
      15: Buffer.from("shop").toString("hex"),
    });
    expect(payload?.readUInt32BE(4)).toBe(0x12345678);
  });

  test("names the way out as router and name server where there is one", () => {
    const ack = answerTo(dhcpFrame(db.mac, 3, wanting("10.77.1.3")), open);

    expect(options(ack?.datagram.payload)).toMatchObject({ 53: "05", 3: hex("10.77.1.254"), 6: hex("10.77.1.253") });
  });

  test("refuses an address that is another's, and is silent to who is no member", () => {
    const nak = answerTo(dhcpFrame(db.mac, 3, wanting("10.77.1.2")));

    expect(options(nak?.datagram.payload)[53]).toBe("06");
    expect(served(dhcpFrame("02:00:00:00:00:99", 1))).toEqual({ answers: [], passes: false });
  });

  test("leaves a request to the server that the guest has chosen", () => {
    const other = [...wanting("10.77.1.3"), 54, 4, 10, 77, 1, 200];

    expect(served(dhcpFrame(db.mac, 3, other)).answers).toEqual([]);
  });
});

describe("DNS", () => {
  const ask = (name: string, { type = 1, server = "10.77.1.1", network = internal } = {}) => {
    const to = { mac: ownMac(network), address: address(server), port: 53 };
    const query = udpFrame({ ...web, port: 40_000 }, to, dnsQuery(name, type));
    const answer = answerTo(query, network);
    const payload = answer?.datagram.payload;
    return {
      passes: served(query, network).passes,
      code: payload && payload.readUInt16BE(2) & 0x0f,
      answers: payload?.readUInt16BE(6),
      address: payload?.readUInt16BE(6) === 1 ? formatAddress(payload.readUInt32BE(payload.length - 4)) : undefined,
      from: answer && formatAddress(answer.packet?.source ?? 0),
      port: answer?.datagram.destinationPort,
    };
  };

  test.each(["db-1", "DB-1", "db-1.shop"])("%s is the member's address", (name) => {
    expect(ask(name)).toMatchObject({ code: 0, address: "10.77.1.3", from: "10.77.1.1", port: 40_000 });
  });

  test("answers for whichever name server an image was built with", () => {
    expect(ask("db-1", { server: "8.8.8.8" })).toMatchObject({ address: "10.77.1.3", from: "8.8.8.8" });
    expect(ask("db-1", { server: "8.8.8.8", network: open })).toMatchObject({ address: "10.77.1.3", from: "8.8.8.8" });
  });

  test("a member has no IPv6 address, which is no reason to say that it does not exist", () => {
    expect(ask("db-1", { type: 28 })).toMatchObject({ code: 0, answers: 0 });
  });

  test("what is no member does not exist where there is no way out, and goes out where there is one", () => {
    expect(ask("example.com", { server: "8.8.8.8" })).toMatchObject({ passes: false, code: 3 });
    expect(ask("example.com", { server: "8.8.8.8", network: open })).toMatchObject({ passes: true, code: undefined });
    expect(ask("example.com", { server: "10.77.1.253", network: open }).passes).toBe(true);
  });

  test("a name server that a member runs is asked itself", () => {
    expect(ask("db-1", { server: "10.77.1.3" }).passes).toBe(true);
  });
});
