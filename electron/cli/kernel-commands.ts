/** The `kernels` commands: which there are, and what each takes. */

import type { Command } from "commander";

export function addKernelCommands(kernels: Command): void {
  const command = (usage: string, description: string, options = {}) =>
    kernels.command(usage, options).description(description).option("--json", "write JSON, also for errors", false);

  command("ls", "list the kernels that an image can be built with", { isDefault: true }).action(async (options) =>
    (await import("./commands/kernels.ts")).listKernels(options),
  );
  command("show <release>", "say what a kernel release has in it").action(async (id, options) =>
    (await import("./commands/kernels.ts")).showKernel(id, options),
  );
  command("available", "list the Nanos releases that can be downloaded").action(async (options) =>
    (await import("./commands/kernels.ts")).listAvailable(options),
  );
  command("get [version]", "download a Nanos release: a version, latest or nightly")
    .alias("pull")
    .action(async (version = "latest", options) => (await import("./commands/kernels.ts")).getKernel(version, options));
  command("import <file>", "install a release from a .tar.gz")
    .option("--as <version>", "its version, where the file's name does not tell it")
    .action(async (file, options) => (await import("./commands/kernels.ts")).importKernel(file, options));
  command("rm <versions...>", "delete installed releases").action(async (ids, options) =>
    (await import("./commands/kernels.ts")).removeKernels(ids, options),
  );
  command("default [release]", "choose the kernel of images that name none, or say which it is").action(
    async (id, options) => (await import("./commands/kernels.ts")).defaultKernel(id, options),
  );
}
