/** A guest as its frames show it: the questions that it asks of a network, for tests. */

import { buildArp } from "./arp.ts";
import { DhcpPort } from "./dhcp.ts";
import { BROADCAST, buildFrame, EtherType, macBytes } from "./ethernet.ts";
import { buildUdp } from "./ipv4.ts";

export function arpRequest(mac: string, senderAddress: number, targetAddress: number): Buffer {
  const arp = buildArp({
    operation: "request",
    senderMac: mac,
    senderAddress,
    targetMac: "00:00:00:00:00:00",
    targetAddress,
  });
  return buildFrame({ destination: BROADCAST, source: mac, type: EtherType.arp, payload: arp });
}

export function udpFrame(
  from: { mac: string; address: number; port: number },
  to: { mac: string; address: number; port: number },
  payload: Buffer,
): Buffer {
  const packet = buildUdp(from.address, to.address, { sourcePort: from.port, destinationPort: to.port, payload });
  return buildFrame({ destination: to.mac, source: from.mac, type: EtherType.ipv4, payload: packet });
}

/** `options`: code, length and value, one after the other, after the message type. */
export function dhcpMessage(mac: string, type: number, options: number[] = []): Buffer {
  const fixed = Buffer.alloc(236);
  fixed.set([1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78]);
  macBytes(mac).copy(fixed, 28);
  return Buffer.concat([fixed, Buffer.from([99, 130, 83, 99, 53, 1, type, ...options, 255])]);
}

export function dhcpFrame(mac: string, type: number, options: number[] = []): Buffer {
  const from = { mac, address: 0, port: DhcpPort.client };
  return udpFrame(
    from,
    { mac: BROADCAST, address: 0xffffffff, port: DhcpPort.server },
    dhcpMessage(mac, type, options),
  );
}

/** Type 1 asks for an IPv4 address, 28 for an IPv6 one. */
export function dnsQuery(name: string, type = 1, id = 0x4242): Buffer {
  const labels = name.split(".").flatMap((label) => [label.length, ...Buffer.from(label, "latin1")]);
  return Buffer.from([id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1]);
}
