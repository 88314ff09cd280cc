/** QEMU's user-mode network without a machine: a private network's gateway to the networks of the host. */

import { dirname, join } from "node:path";
import { formatAddress, formatSubnet } from "../../lib/ipv4-address.ts";
import type { GatewayAddresses, GatewayDriver } from "../driver.ts";
import { findQemu } from "./binary.ts";
import { findMachines } from "./process-table.ts";

export const qemuGateway: GatewayDriver = {
  // The pid file is the name that the process table knows machines by.
  command: async (addresses, wire, folder) => [
    await findQemu(),
    ...gatewayArguments(addresses, wire, join(folder, "qemu.pid")),
  ],
  endStray: async (folder) => {
    for (const machine of await findMachines(dirname(folder)))
      if (machine.folder === folder) process.kill(machine.handle.pid, "SIGKILL");
  },
};

function gatewayArguments(
  { subnet, gateway, nameServer, firstGuest }: GatewayAddresses,
  wire: string,
  pidFile: string,
): string[] {
  const addresses = `net=${formatSubnet(subnet)},host=${formatAddress(gateway)},dns=${formatAddress(nameServer)}`;
  return [
    ...["-name", "way-out", "-M", "none", "-nodefaults", "-no-user-config", "-display", "none"],
    ...["-netdev", `user,id=user,ipv6=off,${addresses},dhcpstart=${formatAddress(firstGuest)}`],
    ...["-netdev", `stream,id=wire,server=off,addr.type=unix,addr.path=${wire.replaceAll(",", ",,")}`],
    ...["-netdev", "hubport,id=hub-user,hubid=0,netdev=user"],
    ...["-netdev", "hubport,id=hub-wire,hubid=0,netdev=wire"],
    ...["-pidfile", pidFile],
  ];
}
