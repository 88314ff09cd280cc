/** `unideck ls`, `tree`, `cat`, `cp`: the files on an instance's disk, as of its last flush; read, never changed. */

import type { Command } from "commander";
import { parseCount } from "./arguments.ts";

export function addDiskCommands(program: Command): void {
  const command = (usage: string, description: string) =>
    program
      .command(usage)
      .description(`${description}, as of its last flush`)
      .option("--json", "print JSON, including errors", false);
  const files = () => import("./commands/image-files.ts");
  const disk = (instance: string) => `instance:${instance}`;
  const root = { boot: false };

  command("ls <instance> [path]", "list files on an instance's disk")
    .option("-l, --long", "with types, sizes and times", false)
    .option("-R, --recursive", "include the contents of folders", false)
    .action(async (name, path, options) => (await files()).listFiles(disk(name), path, { ...root, ...options }));
  command("tree <instance> [path]", "show the files on an instance's disk as a tree")
    .option("--depth <n>", "limit the depth", parseCount)
    .action(async (name, path, options) => (await files()).showTree(disk(name), path, { ...root, ...options }));
  command("cat <instance> <paths...>", "print files of an instance's disk to standard output")
    .option("--raw", "write all control sequences to a terminal too, not just colors", false)
    .action(async (name, paths, options) => (await files()).showContents(disk(name), paths, { ...root, ...options }));
  command("cp <instance> <paths...>", "copy files out of an instance's disk; the last path is the destination")
    .option("-f, --force", "replace existing files", false)
    .action(async (name, paths, options) => (await files()).copyFiles(disk(name), paths, { ...root, ...options }));
}
