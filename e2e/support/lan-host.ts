/**
 * Somebody in a network, run in a namespace of a test's: `node lan-host.ts [ADDRESS]`. With an address it is the network's
 * server: it gives addresses from ADDRESS+99 on by DHCP, and answers on port 8080. A line of input is a URL to be fetched, a line
 * of output what it answers.
 */

import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { formatAddress, parseAddress } from "../../electron/engine/lib/ipv4-address.ts";
import { buildDhcp, DhcpPort, parseDhcp } from "../../electron/engine/networks/packet/dhcp.ts";

const FIRST_LEASE = 99;
const NETMASK_24 = 0xffffff00;

const [own = ""] = process.argv.slice(2);
const server = parseAddress(own);
if (server !== undefined) serve(server);

for await (const url of createInterface({ input: process.stdin })) {
  const text = await fetch(url, { signal: AbortSignal.timeout(20_000) }).then(
    (answer) => answer.text(),
    (error: unknown) => String(error instanceof Error ? (error.cause ?? error) : error),
  );
  process.stdout.write(`${JSON.stringify(text)}\n`);
}
process.exit(0);

function serve(address: number): void {
  const leases = new Map<string, number>();
  // One that hears broadcasts, and one that says from where it speaks.
  const ears = createSocket({ type: "udp4", reuseAddr: true });
  const mouth = createSocket({ type: "udp4", reuseAddr: true });
  ears.on("message", (bytes) => {
    const request = parseDhcp(bytes);
    if (request?.type !== "discover" && request?.type !== "request") return;
    if (!leases.has(request.mac)) leases.set(request.mac, address + FIRST_LEASE + leases.size);
    const reply = buildDhcp(request, {
      type: request.type === "discover" ? "offer" : "ack",
      address: leases.get(request.mac) ?? 0,
      server: address,
      netmask: NETMASK_24,
      router: address,
      nameServer: address,
      domain: "lan",
      leaseSeconds: 3600,
    });
    mouth.send(reply, DhcpPort.client, "255.255.255.255");
  });
  ears.bind(DhcpPort.server);
  mouth.bind(DhcpPort.server, formatAddress(address), () => mouth.setBroadcast(true));
  createServer((_, response) => response.end("hello from the LAN\n")).listen(8080, formatAddress(address));
}
