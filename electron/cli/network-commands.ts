/** The `network` commands: which there are, and what each takes. */

import type { Command } from "commander";
import { CONFIRM_SECONDS } from "../../shared/word-rules.ts";
import { parseCount } from "./arguments.ts";

export function addNetworkCommands(network: Command): void {
  const command = (usage: string, description: string, options = {}) =>
    network.command(usage, options).description(description).option("--json", "print JSON, including errors", false);

  command("ls", "list networks and their members", { isDefault: true }).action(async (options) =>
    (await import("./commands/network.ts")).listNetworks(options),
  );
  command("create <name>", "create a private network")
    .option("--subnet <subnet>", "its subnet, such as 10.77.1.0/24")
    .option("--internal", "members reach only each other, not the outside", false)
    .action(async (name, options) => (await import("./commands/network.ts")).createNetwork(name, options));
  command("rm <names...>", "delete private networks")
    .option("-f, --force", "also delete networks with running members", false)
    .action(async (names, options) => (await import("./commands/network.ts")).removeNetworks(names, options));

  addBridgeCommands(command);
}

type AddCommand = (usage: string, description: string) => Command;

/** Bridges, by which instances are in the network that this machine is in. */
function addBridgeCommands(command: AddCommand): void {
  const withWish = (usage: string, description: string) =>
    command(usage, description)
      .option("--uplink <interface>", "the interface that connects the bridge to its network")
      .option("--address <address/bits>", "the host's address on the bridge, such as 10.20.0.1/24")
      .option("--seats <n>", "how many instances can use the bridge at once", parseCount);

  command("bridges", "list bridges of the host").action(async (options) =>
    (await import("./commands/bridge.ts")).listBridges(options),
  );
  command("interfaces", "list what can be the uplink of a bridge").action(async (options) =>
    (await import("./commands/bridge.ts")).listInterfaces(options),
  );
  withWish("plan <bridge>", "show what setting up a bridge changes, and how it is undone").action(
    async (name, options) => (await import("./commands/bridge.ts")).planBridge(name, options),
  );
  withWish("apply <bridge>", "set up a bridge; it is undone unless it is confirmed in time")
    .option("--consent <interface>", "consent to an uplink that carries the default route, or your SSH session")
    .option("--seconds <n>", "seconds until an unconfirmed bridge is undone", parseCount, CONFIRM_SECONDS)
    .option("-y, --yes", "do not ask; confirm later with “network confirm”", false)
    .action(async (name, options) => (await import("./commands/bridge.ts")).applyBridge(name, options));
  command("confirm <bridge>", "keep a bridge that was set up").action(async (name, options) =>
    (await import("./commands/bridge.ts")).confirmBridge(name, options),
  );
  command("undo <bridge>", "remove a bridge; its addresses and routes return to the uplink")
    .option("-f, --force", "also undo it while instances use it", false)
    .action(async (name, options) => (await import("./commands/bridge.ts")).undoBridge(name, options));
  command("install-helper", "install the bridge script where only root can change it").action(async (options) =>
    (await import("./commands/bridge.ts")).installHelper(options),
  );
}
