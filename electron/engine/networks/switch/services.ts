/**
 * What the switch itself answers on its network: ARP and ping for its own address, addresses by DHCP, and members' names by
 * DNS, whichever server a guest asks: an image may have been built with any name server in it. Pure: a frame in, frames out.
 */

import { isWithin, netmaskOf, type Subnet } from "../../lib/ipv4-address.ts";
import { buildArp, parseArp } from "../packet/arp.ts";
import { buildDhcp, DhcpPort, type DhcpReply, type DhcpRequest, parseDhcp } from "../packet/dhcp.ts";
import { buildAnswer, DNS_PORT, DnsCode, type DnsQuestion, parseQuery } from "../packet/dns.ts";
import { BROADCAST, buildFrame, EtherType, type Frame } from "../packet/ethernet.ts";
import { answerEcho, buildUdp, type Ipv4, Protocol, parseIpv4, parseUdp, type Udp } from "../packet/ipv4.ts";

export interface Member {
  /** The instance's id. */
  id: string;
  name: string;
  mac: string;
  address: number;
}

export interface NetworkFacts {
  name: string;
  subnet: Subnet;
  members: readonly Member[];
  /** Where what goes out of the network is sent, and who resolves other names; none where there is no way out. */
  wayOut?: { gateway: number; nameServer: number } | undefined;
}

/** What becomes of a frame: answered by the switch, and whether it also goes on to others. */
export interface Served {
  answers: Buffer[];
  passes: boolean;
}

/** One lease lasts so long; a guest asks again after half of it. */
const LEASE_SECONDS = 3600;
const passes: Served = { answers: [], passes: true };

/** The switch's own address: the first of the subnet. */
export const ownAddress = ({ subnet }: Pick<NetworkFacts, "subnet">) => subnet.base + 1;

/** Its MAC: of the locally administered ones, from its address, so that it is the same after a restart. */
export function ownMac(network: Pick<NetworkFacts, "subnet">): string {
  const hex = ownAddress(network).toString(16).padStart(8, "0");
  return `02:55:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}`;
}

export function serve(frame: Frame, network: NetworkFacts): Served {
  if (frame.type === EtherType.arp) return serveArp(frame, network);
  if (frame.type !== EtherType.ipv4) return passes;
  const packet = parseIpv4(frame.payload);
  if (!packet) return passes;
  const answer = (bytes: Buffer, destination = frame.source): Served => ({
    answers: [buildFrame({ destination, source: ownMac(network), type: EtherType.ipv4, payload: bytes })],
    passes: false,
  });
  const isForUs = packet.destination === ownAddress(network);
  if (packet.protocol === Protocol.udp) {
    const datagram = parseUdp(packet);
    if (datagram?.destinationPort === DhcpPort.server) return serveDhcp(datagram, network, answer);
    if (datagram?.destinationPort === DNS_PORT) return serveDns(packet, datagram, network, answer);
  }
  if (packet.protocol === Protocol.icmp && isForUs) {
    const echo = answerEcho(packet);
    if (echo) return answer(echo);
  }
  return { answers: [], passes: !isForUs };
}

function serveArp({ source, payload }: Frame, network: NetworkFacts): Served {
  const arp = parseArp(payload);
  if (arp?.operation !== "request" || arp.targetAddress !== ownAddress(network)) return passes;
  const reply = buildArp({
    operation: "reply",
    senderMac: ownMac(network),
    senderAddress: arp.targetAddress,
    targetMac: arp.senderMac,
    targetAddress: arp.senderAddress,
  });
  return {
    answers: [buildFrame({ destination: source, source: ownMac(network), type: EtherType.arp, payload: reply })],
    passes: false,
  };
}

type Answer = (bytes: Buffer, destination?: string) => Served;

/** Nobody else is a DHCP server here: requests never go on. */
function serveDhcp(datagram: Udp, network: NetworkFacts, answer: Answer): Served {
  const silence: Served = { answers: [], passes: false };
  const request = parseDhcp(datagram.payload);
  const type = request && replyTo(request, network);
  const member = network.members.find(({ mac }) => mac === request?.mac);
  if (!request || !type || !member) return silence;
  const server = ownAddress(network);
  const reply: DhcpReply = {
    type,
    address: type === "nak" ? 0 : member.address,
    server,
    netmask: netmaskOf(network.subnet),
    // Without a way out it still leads here, so that names are asked for by guests with any name server.
    router: network.wayOut?.gateway ?? server,
    nameServer: network.wayOut?.nameServer ?? server,
    domain: network.name,
    leaseSeconds: LEASE_SECONDS,
  };
  const isBroadcast = request.wantsBroadcast || type === "nak" || request.clientAddress === 0;
  const to = isBroadcast ? 0xffffffff : request.clientAddress;
  const bytes = buildUdp(server, to, {
    sourcePort: DhcpPort.server,
    destinationPort: DhcpPort.client,
    payload: buildDhcp(request, reply),
  });
  return answer(bytes, isBroadcast ? BROADCAST : request.mac);
}

/** A member has its address, from the day it joined: any other that it asks for is refused. */
function replyTo(request: DhcpRequest, network: NetworkFacts): DhcpReply["type"] | undefined {
  const member = network.members.find(({ mac }) => mac === request.mac);
  if (!member) return undefined;
  if (request.type === "discover") return "offer";
  if (request.type === "inform") return "ack";
  if (request.type !== "request") return undefined;
  if (request.server !== undefined && request.server !== ownAddress(network)) return undefined;
  return (request.requestedAddress ?? request.clientAddress) === member.address ? "ack" : "nak";
}

/** What is no member's name goes on to the way out; without one there is no such name. */
function serveDns(packet: Ipv4, datagram: Udp, network: NetworkFacts, answer: Answer): Served {
  const question = parseQuery(datagram.payload);
  const isForUs = packet.destination === ownAddress(network);
  if (!question) return { answers: [], passes: !isForUs };
  const member = memberNamed(question, network);
  const isNeighbour = isWithin(packet.destination, network.subnet) && !isForUs && !isNameServer(packet, network);
  // A name server that somebody runs in the network is theirs.
  if (isNeighbour) return passes;
  if (!member && network.wayOut && !isForUs) return passes;
  const code = member ? DnsCode.none : network.wayOut ? DnsCode.refused : DnsCode.noSuchName;
  const reply = buildAnswer(question, { address: question.wantsAddress ? member?.address : undefined, code });
  // From whom it was asked, so that the guest takes it.
  return answer(
    buildUdp(packet.destination, packet.source, {
      sourcePort: DNS_PORT,
      destinationPort: datagram.sourcePort,
      payload: reply,
    }),
  );
}

const isNameServer = ({ destination }: Ipv4, { wayOut }: NetworkFacts) => destination === wayOut?.nameServer;

/** `db`, or `db.NETWORK`. */
function memberNamed({ name }: DnsQuestion, network: NetworkFacts): Member | undefined {
  const suffix = `.${network.name.toLowerCase()}`;
  const short = name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
  return network.members.find((member) => [name, short].includes(member.name.toLowerCase()));
}
