/** The command line: which commands there are, and what each takes. What they do is loaded when one is called. */

import { Command, CommanderError, Option } from "commander";
import { reportOf } from "../../shared/problem.ts";
import { visible, visibleJson } from "../../shared/visible-text.ts";
import { MIN_MEMORY_BYTES } from "../../shared/word-rules.ts";
import { systemErrorCode } from "../engine/lib/atomic-file.ts";
import { findResources } from "../engine/lib/resources.ts";
import {
  collect,
  parseCount,
  parseGuestPath,
  parseListenPort,
  parseNetwork,
  parsePlacement,
  parsePort,
  parseSize,
  parseUser,
  parseVariable,
} from "./arguments.ts";
import { addCaptureCommands } from "./capture-commands.ts";
import { addDiskCommands } from "./disk-commands.ts";
import { ExitCode, ExitWith, formatFailure } from "./failure.ts";
import { addImageCommands } from "./image-commands.ts";
import { addKernelCommands } from "./kernel-commands.ts";
import { addNetworkCommands } from "./network-commands.ts";
import { writeText } from "./output.ts";
import { addPortCommands } from "./port-commands.ts";

const SYSROOT_HELP = "look for libraries below this folder first (sysroot)";

/** Runs the command that `argv` names; the result is the exit code of the process. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const json = argv.includes("--json");
  try {
    await createProgram(json, argv[0]).parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof ExitWith) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ExitCode.usage;
    if (systemErrorCode(error) === "EPIPE") return ExitCode.noReader;
    const { problemOf } = await import("../hosts/problem-errors.ts");
    const report = reportOf(problemOf(error) ?? error);
    writeText(process.stderr, formatFailure(report, json));
    return report.code === "task.cancelled" ? ExitCode.interrupted : ExitCode.failed;
  }
}

const actions = [
  ["start", "start stopped instances"],
  ["stop", "stop instances: power button, forced after 5 s"],
  ["kill", "kill instances"],
  ["restart", "restart instances"],
  ["pause", "pause instances"],
  ["resume", "resume paused instances"],
] as const;

/** With what all commands take, or with that of `asked` alone where there is such a command: to define all takes a while. */
export function createProgram(json: boolean, asked?: string): Command {
  const program = new Command("unideck")
    .description("Build and run unikernels.")
    .version(findResources().version, "-V, --version", "print the version")
    .helpCommand(false)
    .showHelpAfterError(
      json ? false : "(“unideck --help” lists the commands, “unideck COMMAND --help” shows the options of one)",
    )
    .configureOutput({
      writeErr: (text) => writeText(process.stderr, text),
      writeOut: (text) => writeText(process.stdout, text),
      outputError: (text, write) => write(formatUsageError(text, json)),
    })
    .exitOverride();
  const command = (usage: string, description: string) =>
    program.command(usage).description(description).option("--json", "print JSON, including errors", false);

  const definitions = new Map<string, () => unknown>();
  const define = (name: string, how: () => unknown) => definitions.set(name, how);
  const addDisk = () => addDiskCommands(program);

  define("build", () =>
    withBuildOptions(command("build [elf]", "build an image from a program, a container image or an OPS configuration"))
      .option("-o, --out <file>", "write the image only to this file")
      .action(async (elf, options, itself) => {
        if (elf === undefined && options.config === undefined) missing("elf", itself);
        await (await import("./commands/build.ts")).build(elf, options);
      }),
  );
  define("run", () =>
    withBuildOptions(
      command("run [elf|image]", "run a program, a container image or an image; exits with the guest's exit code"),
    )
      .option("--memory <size>", `memory of the virtual machine, at least ${MIN_MEMORY_BYTES >> 20}M on`, parseSize)
      .option("--cpus <n>", "number of virtual CPUs", parseCount)
      .option("--port <[addr:]host[:guest][/udp]>", "publish a guest port on the host (repeatable)", parsePort)
      .option(
        "--network <name>",
        "join a private network (repeatable); user: outbound access through the host; restricted: published ports only; none: no network card; bridge:NAME: join a bridge",
        parseNetwork,
      )
      .addOption(new Option("--machine <type>", "machine type").choices(["auto", "microvm", "q35"]).default("auto"))
      .option("--rm", "delete the instance after it exits", false)
      .option("--trace", "print every system call to standard error (Pith)", false)
      .option(
        "--verbose",
        "print the guest kernel's messages to standard error, such as unsupported system calls (Pith)",
        false,
      )
      .option("--capture", "capture packets from the start; see “unideck capture”", false)
      .action(async (what, options, itself) => {
        if (what === undefined && options.config === undefined) missing("elf|image", itself);
        await (await import("./commands/run.ts")).run(what, options);
      }),
  );
  define("ps", () =>
    command("ps", "list running instances")
      .option("-a, --all", "list all instances", false)
      .action(async (options) => (await import("./commands/ps.ts")).ps(options)),
  );
  define("logs", () =>
    command("logs <name>", "show an instance's console")
      .option("-f, --follow", "follow the output until the instance exits", false)
      .option("-t, --timestamps", "prefix each line with its timestamp, where known", false)
      .option("--raw", "write all control sequences to a terminal too, not just colors", false)
      .action(async (name, options) => (await import("./commands/logs.ts")).logs(name, options)),
  );
  for (const [action, description] of actions)
    define(action, () => {
      const itself = command(`${action} <names...>`, description);
      if (action === "start") itself.option("--trace", "record every system call of this run (Pith)");
      itself.action(async (names, options) => (await import("./commands/act.ts")).act(action, names, options));
    });
  define("rename", () =>
    command("rename <name> <new-name>", "rename an instance").action(async (name, newName, options) =>
      (await import("./commands/rename.ts")).rename(name, newName, options),
    ),
  );
  define("duplicate", () =>
    command("duplicate <name>", "create another instance with the same settings")
      .option("--name <name>", "its name")
      .action(async (name, options) => (await import("./commands/rename.ts")).duplicate(name, options)),
  );
  define("rm", () =>
    command("rm <names...>", "delete instances and their disks; can be undone for a few seconds")
      .option("-f, --force", "also delete running instances", false)
      .action(async (names, options) => (await import("./commands/rm.ts")).rm(names, options)),
  );
  define("restore", () =>
    command("restore <ids...>", "restore instances that were just deleted").action(async (ids, options) =>
      (await import("./commands/rm.ts")).restore(ids, options),
    ),
  );
  define("ports", () =>
    addPortCommands(program.command("ports").description("list, publish and remove ports of an instance")),
  );
  define("capture", () =>
    addCaptureCommands(program.command("capture").description("capture the packets of an instance")),
  );
  for (const name of ["ls", "tree", "cat", "cp"]) define(name, addDisk);
  define("network", () =>
    addNetworkCommands(program.command("network").description("private networks, and bridges of the host")),
  );
  define("images", () => addImageCommands(program.command("images").description("list, inspect and delete images")));
  define("kernels", () =>
    addKernelCommands(program.command("kernels").description("list, download, import and delete kernel releases")),
  );
  define("inspect", () =>
    command("inspect <elf>", "show facts about a program and the libraries it needs")
      .option("--sysroot <dir>", SYSROOT_HELP)
      .action(async (elf, options) => (await import("./commands/inspect.ts")).inspect(elf, options)),
  );
  define("doctor", () =>
    command("doctor", "check this computer").action(async (options) =>
      (await import("./commands/doctor.ts")).doctor(options),
    ),
  );
  define("serve", () =>
    command("serve", "serve the application and its API on the loopback address")
      .option("--port <n>", "port to listen on; 0 is any", parseListenPort)
      .option("--open", "open it in the browser", false)
      .option("--link", "print a new link to the running server", false)
      .option("--file", "print it as a file that opens it in a browser on this computer", false)
      .action(async (options) => (await import("./commands/serve.ts")).serve(options)),
  );

  const only = definitions.get(asked ?? "");
  for (const how of only ? [only] : new Set(definitions.values())) how();
  program
    .command("help [command...]")
    .description("show the help of a command")
    .action((names: string[]) => helpFor(program, names));
  return program;
}

/** `unideck help network create`. */
function helpFor(program: Command, names: readonly string[]): void {
  let found = program;
  for (const name of names) {
    const next = found.commands.find((one) => one.name() === name || one.aliases().includes(name));
    if (!next) program.error(`error: unknown command '${names.join(" ")}'`);
    found = next;
  }
  found.outputHelp();
}

/** A configuration may name the program; without one the command line has to. */
function missing(argument: string, command: Command): never {
  command.error(`error: missing required argument '${argument}', or -c with a configuration that names a program`);
}

function withBuildOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "an OPS configuration (config.json); other options override it")
    .option("--name <name>", "name of the image (and of the instance)")
    .option("--arg <text>", "argument for the program (repeatable)", collect)
    .option("--env <name=value>", "environment variable for the program (repeatable)", parseVariable)
    .option("--file <host:guest>", "add a file (repeatable)", parsePlacement)
    .option("--dir <host:guest>", "add a folder with its contents (repeatable)", parsePlacement)
    .option("--with-runtime", "add the files that an interpreter needs, such as Python's standard library")
    .option("--follow-links", "also add the targets of links in added folders, where they exist on the host")
    .option(
      "--program-path <guest>",
      "path of the program in the image; default: the path that you type",
      parseGuestPath,
    )
    .option("--entrypoint <program>", "program of a container image to run instead of its own")
    .addOption(
      new Option(
        "--uname <name>",
        "what uname reports to the program; default: linux for runtimes that check it, such as Java, else pith",
      ).choices(["pith", "linux"]),
    )
    .option("--kernel <release>", "pith, a Nanos version, or a folder with a release")
    .option("--sysroot <dir>", SYSROOT_HELP)
    .option("--klib <name>", "load a module of the kernel release (repeatable)", collect)
    .option("--user <uid[:gid]>", "user and group that the program starts as; default: root (Pith only)", parseUser)
    .option("--size <size>", "minimum size of the image, such as 64M", parseSize)
    .option("--reproducible", "reproducible build (byte-identical output)", false)
    .option("--force", "overwrite an existing image", false);
}

/** Commander's sentence for a usage error, as the errors of all commands look; what was typed may have line ends. */
function formatUsageError(text: string, json: boolean): string {
  const [, sentence = "", suggestion = ""] =
    /^(?:error: )?(.*?)(?:\n(\(Did you mean [^\n]*\)))?$/s.exec(text.trim()) ?? [];
  if (json) return `${visibleJson({ error: { code: "args.invalid", message: sentence } })}\n`;
  return `error: ${visible(sentence)}\n${suggestion && `${visible(suggestion)}\n`}`;
}
