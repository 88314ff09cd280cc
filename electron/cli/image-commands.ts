/** The `images` commands: which there are, and what each takes. */

import { type Command, Option } from "commander";
import { parseCount } from "./arguments.ts";

export function addImageCommands(images: Command): void {
  const command = (usage: string, description: string) =>
    images.command(usage).description(description).option("--json", "print JSON, including errors", false);
  /** A command that looks into one of an image's two file systems. */
  const lookingCommand = (usage: string, description: string) =>
    command(usage, description).option("--boot", "use the boot file system", false);
  const files = () => import("./commands/image-files.ts");
  const facts = () => import("./commands/image-facts.ts");

  images
    .command("ls", { isDefault: true })
    .description("list images")
    .option("--json", "print JSON, including errors", false)
    .action(async (options) => (await import("./commands/images.ts")).listImages(options));
  command("rm <names...>", "delete images")
    .option("-f, --force", "also delete images that an instance uses", false)
    .action(async (names, options) => (await import("./commands/images.ts")).removeImages(names, options));
  command("show <image>", "show what an image is made of")
    .option("--no-digest", "do not compute the digest of the whole file")
    .action(async (image, options) => (await facts()).showImage(image, options));
  command("env <image>", "list the environment of the program").action(async (image, options) =>
    (await facts()).showEnvironment(image, options),
  );
  command("check <image>", "check an image for problems; exits with 1 if it cannot work").action(
    async (image, options) => (await facts()).checkImage(image, options),
  );
  command("sbom <image>", "list what an image is made of, with packages and Go modules (CycloneDX)")
    .option("-o, --out <file>", "write it to that file")
    .action(async (image, options) => (await facts()).writeSbom(image, options));
  command("export <image>", "write an image in the format of another virtual machine or cloud")
    .requiredOption("-o, --out <file>", "the file to write")
    .addOption(
      new Option("--format <format>", "default: by the file name, else raw").choices([
        ...["raw", "qcow2", "vmdk", "vhdx", "vhd", "gce"],
      ]),
    )
    .option("-f, --force", "replace an existing file", false)
    .action(async (image, options) => (await import("./commands/export.ts")).exportImage(image, options));
  lookingCommand("ls-files <image> [path]", "list the files in an image")
    .option("-l, --long", "with types, sizes and times", false)
    .option("-R, --recursive", "include the contents of folders", false)
    .action(async (image, path, options) => (await files()).listFiles(image, path, options));
  lookingCommand("tree <image> [path]", "show the files in an image as a tree, with sizes")
    .option("--depth <n>", "limit the depth", parseCount)
    .action(async (image, path, options) => (await files()).showTree(image, path, options));
  lookingCommand("cat <image> <paths...>", "print files of an image to standard output")
    .option("--raw", "write all control sequences to a terminal too, not just colors", false)
    .action(async (image, paths, options) => (await files()).showContents(image, paths, options));
  lookingCommand("cp <image> <paths...>", "copy files and folders out of an image; the last path is the destination")
    .option("-f, --force", "replace existing files", false)
    .action(async (image, paths, options) => (await files()).copyFiles(image, paths, options));
}
