/** The `network` commands: which there are, and what each takes. */

import type { Command } from "commander";

export function addNetworkCommands(network: Command): void {
  const command = (usage: string, description: string, options = {}) =>
    network.command(usage, options).description(description).option("--json", "write JSON, also for errors", false);

  command("ls", "list networks and their members", { isDefault: true }).action(async (options) =>
    (await import("./commands/network.ts")).listNetworks(options),
  );
  command("create <name>", "make a private network")
    .option("--subnet <subnet>", "its addresses, such as 10.77.1.0/24")
    .option("--internal", "members reach each other alone, not what this machine can reach", false)
    .action(async (name, options) => (await import("./commands/network.ts")).createNetwork(name, options));
  command("rm <names...>", "delete private networks")
    .option("-f, --force", "also those with members that run", false)
    .action(async (names, options) => (await import("./commands/network.ts")).removeNetworks(names, options));
}
