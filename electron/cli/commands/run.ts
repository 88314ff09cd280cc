/** `unideck run`: builds if need be, starts, shows the console, ends with the guest's code. */

import { open, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Configuration } from "../../../shared/contract/configurations.ts";
import type { BuildSpec } from "../../../shared/contract/images.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { CONFIG_FILE, PACKAGE_FILE, PROJECT_MARKS } from "../../../shared/project-marks.ts";
import { systemErrorCode } from "../../engine/lib/atomic-file.ts";
import type { NetworkChoice } from "../arguments.ts";
import type { BuildOptions } from "../build-options.ts";
import { configuredBuild } from "../configuration.ts";
import { ConsoleOutput } from "../console-output.ts";
import { containerReference } from "../container.ts";
import { ExitCode, ExitWith, problemFrom } from "../failure.ts";
import { followTask } from "../follow-task.ts";
import { feedGuest } from "../guest-input.ts";
import { HeldOutput } from "../held-output.ts";
import { writeJson, writeLine } from "../output.ts";
import { pipeToGuest } from "../piped-input.ts";
import { watchToEnd } from "../watch-instance.ts";
import { watchRemarks } from "../watch-remarks.ts";
import { watchTrace } from "../watch-trace.ts";
import { withEngine } from "../with-engine.ts";
import { summaryOf } from "./ps.ts";

/** The code of a run that a crash of Pith has ended (docs/formats.md, "What Pith tells its host"). */
const KERNEL_CRASHED = 125;

/** As it is asked for: the engine fills in and checks the rest. */
type SpecInput = Parameters<UnideckClient["instances"]["create"]>[0]["spec"];

export interface RunOptions extends BuildOptions {
  memory?: number;
  cpus?: number;
  machine: "auto" | "microvm" | "q35";
  network?: NetworkChoice;
  rm: boolean;
  trace: boolean;
  capture: boolean;
  verbose: boolean;
}

export async function run(what: string | undefined, options: RunOptions): Promise<void> {
  const kind = what === undefined || options.config !== undefined ? "program" : await kindOf(what);
  if (kind !== "program") refuseBuildOptions(options);
  // With no terminal on either side the guest has nobody to echo to, and its echo would stand in the output.
  const isInteractive = process.stdin.isTTY === true && process.stdout.isTTY === true;

  const code = await withEngine(async (client) => {
    const { newInstances } = await client.settings.get();
    const built = kind === "program" ? await configuredBuild(client, what, options) : undefined;
    const configured = built?.configuration?.run;
    const spec: SpecInput = {
      // A program's instance gets the name of its image, or a free variation of it: it may be run many times.
      name: kind === "program" ? configured?.name : options.name,
      memoryBytes: options.memory ?? memoryOf(built?.configuration, newInstances.memoryBytes),
      cpus: options.cpus ?? configured?.cpus ?? newInstances.cpus,
      ports: options.port ?? configured?.ports,
      ...networksOf(options.network, configured),
      options: { ...configured?.options, ...(options.machine !== "auto" && { machine: options.machine }) },
      echo: isInteractive,
      pipes: { input: process.stdin.isTTY !== true, output: process.stdout.isTTY !== true },
      trace: options.trace,
      capture: options.capture,
    };
    const id = built
      ? await startProgram(client, built.spec, spec, options)
      : await startImage(client, kind === "image-file" ? resolve(what ?? "") : (what ?? ""), spec);
    const instance = await attend(client, id, isInteractive, options);
    if (options.rm) await client.instances.remove({ id });
    if (options.json) writeJson({ type: "end", ...summaryOf(instance) });
    if (instance.state === "failed") throw problemFrom(instance.problem);
    if (instance.exit?.code === undefined && !options.json)
      writeLine(`unideck: ${instance.exit?.reason ?? "the exit status is not known"}`);
    return instance.exit?.code ?? ExitCode.failed;
  });
  if (code !== 0) throw new ExitWith(code);
}

/** What is guessed is the least that it takes; what a configuration says is meant. */
function memoryOf(configuration: Configuration | undefined, usual: number): number {
  const { run: { memoryBytes = usual } = {}, guess } = configuration ?? {};
  return guess ? Math.max(memoryBytes, usual) : memoryBytes;
}

/** What the command line says wins over the configuration. */
function networksOf(choice: NetworkChoice | undefined, configured: Configuration["run"] | undefined) {
  const network = choice?.network === undefined || choice.network === "auto" ? configured?.network : choice.network;
  return {
    networks: choice?.networks,
    network,
    bridges: choice?.bridges.length ? choice.bridges : configured?.bridges,
  };
}

type Kind = "program" | "image" | "image-file";

/** A file that is an ELF, or whatever else with a slash in its name, is a program; a disk is an image; all else a name. */
async function kindOf(what: string): Promise<Kind> {
  if (containerReference(what) !== undefined) return "program";
  let start: Buffer;
  try {
    const file = await open(what, "r");
    try {
      start = Buffer.alloc(512);
      await file.read(start, 0, start.length, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorCode(error) === "EISDIR" && !what.includes("/"))
      return (await isToBeBuilt(what)) ? "program" : "image";
    return what.includes("/") || systemErrorCode(error) === "EACCES" ? "program" : "image";
  }
  const isDisk = start[510] === 0x55 && start[511] === 0xaa && start.toString("latin1", 0, 4) !== "\x7fELF";
  return isDisk ? "image-file" : "program";
}

/** A bare name is that of an image, unless a folder of that name can be built. */
async function isToBeBuilt(folder: string): Promise<boolean> {
  const marks = [PACKAGE_FILE, CONFIG_FILE, ...PROJECT_MARKS];
  const found = await Promise.all(marks.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return found.some((facts) => facts !== undefined);
}

function refuseBuildOptions({ arg, env, file, dir, size, kernel, klib, sysroot, user, ...others }: RunOptions): void {
  const given = Object.entries({
    ...{ arg, env, file, dir, size, kernel, klib, sysroot, user },
    "program-path": others.programPath,
    "follow-links": others.followLinks,
    "with-runtime": others.withRuntime,
    uname: others.uname,
    force: others.force || undefined,
  });
  const refused = given.filter(([, value]) => value !== undefined).map(([name]) => `--${name}`);
  if (refused.length > 0)
    throw new Problem("args.invalid", `The image is already built: ${refused.join(", ")} can't change it`, {
      hint: "Pass the program instead of the image to rebuild it.",
    });
}

/** The id of the started instance. Nothing is left of one that could not start. */
async function startImage(client: UnideckClient, image: string, spec: SpecInput): Promise<string> {
  return (await client.instances.create({ image, spec, start: true })).id;
}

/** Builds first; the id of the started instance. */
async function startProgram(
  client: UnideckClient,
  build: BuildSpec,
  spec: SpecInput,
  options: RunOptions,
): Promise<string> {
  const progress = { terminal: process.stderr, quiet: options.json };
  if (options.rm) {
    const { image } = await followTask(client, await client.images.build(build), progress);
    if (image === undefined) throw problemFrom(undefined);
    return startImage(client, image, spec);
  }
  const task = await client.instances.buildAndRun({ build, spec });
  const { instance } = await followTask(client, task, progress);
  if (instance === undefined) throw problemFrom(undefined);
  return instance;
}

/** Says whenever the guest's program asks for a raw terminal, or no longer does, until `signal`. */
async function followRawTerminal(
  client: UnideckClient,
  id: string,
  changed: (isRaw: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const event of await client.events.subscribe(undefined, { signal })) {
      const instances = event.type === "snapshot" ? event.instances : event.instances?.upsert;
      const instance = instances?.find((each) => each.id === id);
      if (instance) changed(instance.rawTerminal ?? false);
    }
  } catch {
    // It ends with the run. Without the engine nothing more is known, and the run itself says so.
  }
}

/** Whether no program has ended: what the kernel said may tell why. */
function hasKernelFailed({ state, exit }: Instance): boolean {
  return state === "failed" || exit?.code === undefined || exit.code === KERNEL_CRASHED;
}

/** Stands by an instance until it ends: its console out, standard input in; Ctrl-C stops it, twice kills it. */
async function attend(
  client: UnideckClient,
  id: string,
  isInteractive: boolean,
  { json, trace, verbose }: RunOptions,
): Promise<Instance> {
  // What the kernel says on a serial port of its own is no output of the program.
  const kernel = new HeldOutput();
  const output = new ConsoleOutput(
    { program: process.stdout, kernel: verbose ? process.stderr : kernel },
    { json, raw: true },
  );
  let interrupts = 0;
  const interrupt = () => {
    interrupts++;
    const ending = interrupts === 1 ? client.instances.stop({ id }) : client.instances.kill({ id });
    // It may have ended by itself in this moment, which is what was asked for.
    ending.catch(() => undefined);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, interrupt);
  // Nobody reads the output any more: `unideck run x | head`.
  process.stdout.once("error", interrupt);
  const over = new AbortController();
  // The line discipline is that of standard input, also where the output goes to a file.
  const watchRaw = (changed: (isRaw: boolean) => void) => {
    if (process.stdin.isTTY) void followRawTerminal(client, id, changed, over.signal);
  };
  const { pipedInput } = await client.instances.get({ id });
  const letGo = pipedInput
    ? pipeToGuest({ client, id, input: process.stdin })
    : feedGuest({ client, id, input: process.stdin, isInteractive, onInterrupt: interrupt, watchRaw });
  try {
    const end = watchToEnd({ client, id, write: (chunk) => output.write(chunk), offset: () => output.offset });
    await Promise.all([
      trace && watchTrace(client, id, end, process.stderr),
      verbose && watchRemarks({ client, id, ended: end, output: process.stderr }),
    ]);
    const instance = await end;
    if (hasKernelFailed(instance)) kernel.release(process.stderr);
    return instance;
  } finally {
    over.abort();
    letGo();
    for (const signal of signals) process.off(signal, interrupt);
  }
}
