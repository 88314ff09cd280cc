/** The `ports` commands: what leads to an instance, and how it is changed while that runs. */

import type { Command } from "commander";
import { parsePort } from "./arguments.ts";

const USAGE = "<[addr:]host[:guest][/udp]>";

export function addPortCommands(ports: Command): void {
  const command = (usage: string, description: string, options = {}) =>
    ports.command(usage, options).description(description).option("--json", "print JSON, including errors", false);

  command("ls <name>", "list the published ports of an instance", { isDefault: true }).action(async (name, options) =>
    (await import("./commands/ports.ts")).listPorts(name, options),
  );
  command(`add <name> ${USAGE}`, "publish a port of an instance on the host; host port 0 is any free port one").action(
    async (name, port, options) => (await import("./commands/ports.ts")).addPorts(name, parsePort(port), options),
  );
  command(`rm <name> ${USAGE}`, "remove a port forward").action(async (name, port, options) =>
    (await import("./commands/ports.ts")).removePorts(name, parsePort(port), options),
  );
}
