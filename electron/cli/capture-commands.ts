/** The `capture` commands: an instance's packets, in files that Wireshark and tcpdump read. */

import type { Command } from "commander";

export function addCaptureCommands(capture: Command): void {
  const command = (usage: string, description: string, options = {}) =>
    capture.command(usage, options).description(description).option("--json", "print JSON, including errors", false);

  command("ls <name>", "list an instance's capture files", { isDefault: true }).action(async (name, options) =>
    (await import("./commands/capture.ts")).listCaptures(name, options),
  );
  command("on <name>", "start capturing packets, now and at every start; earlier captures are discarded").action(
    async (name, options) => (await import("./commands/capture.ts")).setCapture(name, true, options),
  );
  command("off <name>", "stop capturing packets; the files are kept").action(async (name, options) =>
    (await import("./commands/capture.ts")).setCapture(name, false, options),
  );
  command("save <name> <file>", "copy captured packets to a file; - is standard output")
    .option("--card <card>", "the network interface, if there are several")
    .action(async (name, file, options) => (await import("./commands/capture.ts")).saveCapture(name, file, options));
}
