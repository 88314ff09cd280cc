/** The `capture` commands: an instance's packets, in files that Wireshark and tcpdump read. */

import type { Command } from "commander";

export function addCaptureCommands(capture: Command): void {
  const command = (usage: string, description: string, options = {}) =>
    capture.command(usage, options).description(description).option("--json", "write JSON, also for errors", false);

  command("ls <name>", "list what is captured of an instance", { isDefault: true }).action(async (name, options) =>
    (await import("./commands/capture.ts")).listCaptures(name, options),
  );
  command("on <name>", "capture its packets, now and from the start of every run; earlier ones are given up").action(
    async (name, options) => (await import("./commands/capture.ts")).setCapture(name, true, options),
  );
  command("off <name>", "end to capture its packets; the files stay").action(async (name, options) =>
    (await import("./commands/capture.ts")).setCapture(name, false, options),
  );
  command("save <name> <file>", "copy what is captured to a file; - is standard output")
    .option("--card <card>", "which card, where there are several")
    .action(async (name, file, options) => (await import("./commands/capture.ts")).saveCapture(name, file, options));
}
