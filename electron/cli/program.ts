/** The command line: which commands there are, and what each takes. What they do is loaded when one is called. */

import { Command, CommanderError, Option } from "commander";
import { reportOf } from "../../shared/problem.ts";
import { visible, visibleJson } from "../../shared/visible-text.ts";
import { MIN_MEMORY_BYTES } from "../../shared/word-rules.ts";
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

const SYSROOT_HELP = "look for libraries in that folder first, as if it were the root";

/** Runs the command that `argv` names; the result is the exit code of the process. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const json = argv.includes("--json");
  try {
    await createProgram(json).parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof ExitWith) return error.code;
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : ExitCode.usage;
    const { problemOf } = await import("../hosts/problem-errors.ts");
    const report = reportOf(problemOf(error) ?? error);
    writeText(process.stderr, formatFailure(report, json));
    return report.code === "task.cancelled" ? ExitCode.interrupted : ExitCode.failed;
  }
}

const actions = [
  ["start", "start instances that have ended, or were never started"],
  ["stop", "stop instances: power button, after 5 s more roughly"],
  ["kill", "end instances at once"],
  ["restart", "stop instances and start them again"],
  ["pause", "make instances stand still"],
  ["resume", "let paused instances go on"],
] as const;

export function createProgram(json: boolean): Command {
  const program = new Command("unideck")
    .description("Build and run unikernels.")
    .version(findResources().version, "-V, --version", "print the version")
    .helpCommand(false)
    .showHelpAfterError(json ? false : "(unideck --help lists commands, unideck COMMAND --help what each takes)")
    .configureOutput({
      writeErr: (text) => writeText(process.stderr, text),
      writeOut: (text) => writeText(process.stdout, text),
      outputError: (text, write) => write(formatUsageError(text, json)),
    })
    .exitOverride();
  const command = (usage: string, description: string) =>
    program.command(usage).description(description).option("--json", "write JSON, also for errors", false);

  withBuildOptions(command("build [elf]", "build an image from a program, or from a configuration of OPS"))
    .option("-o, --out <file>", "write the image to that file alone")
    .action(async (elf, options, itself) => {
      if (elf === undefined && options.config === undefined) missing("elf", itself);
      await (await import("./commands/build.ts")).build(elf, options);
    });

  withBuildOptions(command("run [elf|image]", "run a program or an image; exits with the guest's code"))
    .option("--memory <size>", `memory of the machine, from ${MIN_MEMORY_BYTES >> 20}M on`, parseSize)
    .option("--cpus <n>", "processors of the machine", parseCount)
    .option("--port <[addr:]host[:guest][/udp]>", "lead a port of this machine to the guest (repeatable)", parsePort)
    .option(
      "--network <name>",
      "make it a member of a private network (repeatable); user: it can reach what this machine can; restricted: it reaches nothing but is reached through its ports; none: no card; bridge:NAME: in the network of a bridge",
      parseNetwork,
    )
    .addOption(new Option("--machine <type>", "kind of machine").choices(["auto", "microvm", "q35"]).default("auto"))
    .option("--rm", "delete the instance when it has ended", false)
    .option("--trace", "write every system call to standard error (Pith)", false)
    .option("--capture", "capture its packets from the start; “unideck capture” has them", false)
    .action(async (what, options, itself) => {
      if (what === undefined && options.config === undefined) missing("elf|image", itself);
      await (await import("./commands/run.ts")).run(what, options);
    });

  command("ps", "list instances that run")
    .option("-a, --all", "list all instances", false)
    .action(async (options) => (await import("./commands/ps.ts")).ps(options));
  command("logs <name>", "show the console of an instance")
    .option("-f, --follow", "go on until the instance ends", false)
    .option("-t, --timestamps", "say before each line when it came, where somebody watched", false)
    .option("--raw", "write all control sequences to a terminal too, not just colors", false)
    .action(async (name, options) => (await import("./commands/logs.ts")).logs(name, options));
  for (const [action, description] of actions) {
    const itself = command(`${action} <names...>`, description);
    if (action === "start") itself.option("--trace", "write down every system call of this run (Pith)");
    itself.action(async (names, options) => (await import("./commands/act.ts")).act(action, names, options));
  }
  command("rename <name> <new-name>", "give an instance another name").action(async (name, newName, options) =>
    (await import("./commands/rename.ts")).rename(name, newName, options),
  );
  command("duplicate <name>", "make another instance like this one")
    .option("--name <name>", "its name")
    .action(async (name, options) => (await import("./commands/rename.ts")).duplicate(name, options));
  command("rm <names...>", "delete instances and their disks; for some seconds that can be undone")
    .option("-f, --force", "also those that run", false)
    .action(async (names, options) => (await import("./commands/rm.ts")).rm(names, options));
  command("restore <ids...>", "bring instances back that were deleted some seconds ago").action(async (ids, options) =>
    (await import("./commands/rm.ts")).restore(ids, options),
  );

  addPortCommands(program.command("ports").description("show, add and remove the ports that lead to an instance"));
  addCaptureCommands(program.command("capture").description("capture the packets of an instance"));
  addDiskCommands(program);
  addNetworkCommands(
    program
      .command("network")
      .description("networks in which instances find each other by name, and bridges of this machine"),
  );
  addImageCommands(program.command("images").description("list images, look into them, delete them"));

  addKernelCommands(program.command("kernels").description("list, get, import and delete kernels"));
  command("inspect <elf>", "say what a program is and needs")
    .option("--sysroot <dir>", SYSROOT_HELP)
    .action(async (elf, options) => (await import("./commands/inspect.ts")).inspect(elf, options));
  command("doctor", "check this machine").action(async (options) =>
    (await import("./commands/doctor.ts")).doctor(options),
  );
  command("serve", "serve the application and its API on this machine's loopback address")
    .option("--port <n>", "port to listen on; 0 is any", parseListenPort)
    .option("--open", "open it in the browser", false)
    .option("--link", "print a new link to the page of the server that runs already", false)
    .option("--file", "the same as a file that leads a browser of this computer there", false)
    .action(async (options) => (await import("./commands/serve.ts")).serve(options));
  program
    .command("help [command...]")
    .description("show what a command takes")
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
    .option("-c, --config <file>", "a configuration of OPS (config.json); the other options win over it")
    .option("--name <name>", "name of the image (and of the instance)")
    .option("--arg <text>", "argument for the program (repeatable)", collect)
    .option("--env <name=value>", "variable for the program (repeatable)", parseVariable)
    .option("--file <host:guest>", "add a file (repeatable)", parsePlacement)
    .option("--dir <host:guest>", "add a folder with what is in it (repeatable)", parsePlacement)
    .option("--with-runtime", "add what belongs to an interpreter, such as Python's standard library")
    .option("--follow-links", "add what links in added folders lead to as well, where the host has it")
    .option(
      "--program-path <guest>",
      "path of the program in the image; default: the path that you type",
      parseGuestPath,
    )
    .addOption(
      new Option(
        "--uname <name>",
        "what uname tells the program; default: linux for runtimes that check it, such as Java, else pith",
      ).choices(["pith", "linux"]),
    )
    .option("--kernel <release>", "pith, a Nanos version, or a folder with a release")
    .option("--sysroot <dir>", SYSROOT_HELP)
    .option("--klib <name>", "load a module of the kernel release (repeatable)", collect)
    .option("--user <uid[:gid]>", "user and group that the program starts as; default: root (Pith only)", parseUser)
    .option("--size <size>", "least size of the image, such as 64M", parseSize)
    .option("--reproducible", "give the same image for the same input, to the byte", false)
    .option("--force", "replace an image of that name, whoever made it", false);
}

/** Commander's sentence for a usage error, as the errors of all commands look; what was typed may have line ends. */
function formatUsageError(text: string, json: boolean): string {
  const [, sentence = "", suggestion = ""] =
    /^(?:error: )?(.*?)(?:\n(\(Did you mean [^\n]*\)))?$/s.exec(text.trim()) ?? [];
  if (json) return `${visibleJson({ error: { code: "args.invalid", message: sentence } })}\n`;
  return `error: ${visible(sentence)}\n${suggestion && `${visible(suggestion)}\n`}`;
}
