/** The `kernels` commands: which there are, and what each takes. */

import type { Command } from "commander";

export function addKernelCommands(kernels: Command): void {
  const command = (usage: string, description: string, options = {}) =>
    kernels.command(usage, options).description(description).option("--json", "print JSON, including errors", false);

  command("ls", "list kernel releases", { isDefault: true }).action(async (options) =>
    (await import("./commands/kernels.ts")).listKernels(options),
  );
  command("show <release>", "show a kernel release").action(async (id, options) =>
    (await import("./commands/kernels.ts")).showKernel(id, options),
  );
  command("available", "list the Nanos releases that can be downloaded").action(async (options) =>
    (await import("./commands/kernels.ts")).listAvailable(options),
  );
  command("get [version]", "download a Nanos release: a version, latest or nightly")
    .alias("pull")
    .action(async (version = "latest", options) => (await import("./commands/kernels.ts")).getKernel(version, options));
  command("import <file>", "install a release from a .tar.gz")
    .option("--as <version>", "its version, if the file name does not contain it")
    .action(async (file, options) => (await import("./commands/kernels.ts")).importKernel(file, options));
  command("rm <versions...>", "delete installed releases").action(async (ids, options) =>
    (await import("./commands/kernels.ts")).removeKernels(ids, options),
  );
  command("default [release]", "show or set the default kernel").action(async (id, options) =>
    (await import("./commands/kernels.ts")).defaultKernel(id, options),
  );
}
