/** A world of its own for each test: fresh homes, the real command line, the real web host; everything it started ends with it. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askForLink } from "../../electron/hosts/web/link-socket.ts";

export const root = join(import.meta.dirname, "..", "..");
const unideckCommand = join(root, "bin", "unideck");

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Bytes for the standard input, which then ends; without it the input ends at once. */
  input?: string | Uint8Array;
  timeoutMs?: number;
  cwd?: string;
  /** How standard output becomes text; with latin1 each byte is a character. */
  encoding?: "utf8" | "latin1";
}

/** A web host that runs, as programs know it. */
export interface Serving {
  process: ChildProcessWithoutNullStreams;
  port: number;
  /** Where the API begins: `http://127.0.0.1:8470/api`. */
  api: string;
  token: string;
}

/** Asks the API of a web host, as any program would. */
export async function askApi({ api, token }: Serving, path: string, method = "GET"): Promise<unknown> {
  const response = await fetch(api + path, { method, headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

export class World {
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly #children = new Set<ChildProcessWithoutNullStreams>();

  readonly #prefix: readonly string[];
  readonly #command: string;

  private constructor(folder: string, prefix: readonly string[], command: string) {
    this.folder = folder;
    this.#prefix = prefix;
    this.#command = command;
    this.environment = { ...process.env, HOME: folder, OPS_HOME: folder, UNIDECK_HOME: join(folder, ".unideck") };
  }

  /**
   * `prefix`: words before every command, such as those that bring it into a network of its own; `command`: the command
   * line, by default the tree's.
   */
  static async create(prefix: readonly string[] = [], command = unideckCommand): Promise<World> {
    return new World(await mkdtemp(join(tmpdir(), "unideck-e2e-")), prefix, command);
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Runs `unideck ARGS` to its end. */
  unideck(args: string[], options: RunOptions = {}): Promise<Outcome> {
    return this.runFile(this.#command, args, options);
  }

  /** Runs any program in this world to its end. */
  async runFile(file: string, args: string[], options: RunOptions = {}): Promise<Outcome> {
    const child = this.spawnFile(file, args, options.cwd);
    if (options.input === undefined) child.stdin.end();
    else child.stdin.end(options.input);
    return outcomeOf(child, options.timeoutMs ?? 100_000, options.encoding);
  }

  /** Runs a command that answers with JSON, and gives that. */
  async unideckJson(args: string[], options: RunOptions = {}): Promise<unknown> {
    const { code, stdout, stderr } = await this.unideck([...args, "--json"], options);
    if (code !== 0) throw new Error(`unideck ${args.join(" ")} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** What the engine wrote down about an instance, as it is in its file. */
  async instanceLog(name: string): Promise<string> {
    const all = await this.unideckJson(["ps", "--all"]);
    const { id } = (Array.isArray(all) ? all : []).find((each) => each.name === name) ?? {};
    return readFile(this.path(".unideck", "instances", `${id}`, "engine.log"), "utf8");
  }

  /** Starts `unideck ARGS` and leaves it running until the world ends. */
  spawn(args: string[], cwd?: string): ChildProcessWithoutNullStreams {
    return this.spawnFile(this.#command, args, cwd);
  }

  /** The same at a terminal of its own; with its standard output in the file `output`, if that is given. */
  spawnAtTerminal(args: string[], output?: string): ChildProcessWithoutNullStreams {
    const quoted = (word: string) => `'${word.replaceAll("'", "'\\''")}'`;
    const words = [this.#command, ...args].map(quoted).join(" ");
    const command = output === undefined ? words : `${words} > ${quoted(output)}`;
    return this.spawnFile("script", ["--quiet", "--return", "--command", command, "/dev/null"]);
  }

  spawnFile(file: string, args: string[], cwd?: string): ChildProcessWithoutNullStreams {
    const [first = file, ...words] = [...this.#prefix, file, ...args];
    const child = spawn(first, words, { env: this.environment, cwd: cwd ?? this.folder });
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  /** Starts the web host; the address lets one page in. */
  async serve(): Promise<string> {
    const { port } = await this.startServing();
    return this.link(port);
  }

  /** Starts the web host as a process that can be ended, on a port where one is named. */
  async startServing(wanted?: number): Promise<Serving> {
    const child = this.spawn(["serve", "--json", ...(wanted === undefined ? [] : ["--port", String(wanted)])]);
    child.stderr.pipe(process.stderr);
    const { url, port, tokenFile }: { url: string; port: number; tokenFile: string } = JSON.parse(
      await firstLine(child),
    );
    const token = (await readFile(tokenFile, "utf8")).trim();
    return { process: child, port, api: `${url}api`, token };
  }

  /** A new address of the web host at `port`, good for one page. */
  link(port?: number): Promise<string> {
    return askForLink(join(this.folder, ".unideck"), "url", port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const instances = await this.unideckJson(["ps", "--all"]).catch(() => []);
    if (Array.isArray(instances))
      for (const { id } of instances) await this.unideck(["rm", "--force", id]).catch(() => undefined);
    await Promise.all([...this.#children].map((child) => end(child)));
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Collects what a process says until it ends; a process that takes too long is killed and an error. */
export async function outcomeOf(
  child: ChildProcessWithoutNullStreams,
  timeoutMs: number,
  encoding: "utf8" | "latin1" = "utf8",
): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding(encoding).on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`still running after ${timeoutMs} ms; it said: ${stdout}\n${stderr}`));
    }, timeoutMs);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? -1, stdout, stderr });
    });
  });
}

/** Waits until what a process says contains `text`. */
export async function waitForOutput(
  child: ChildProcessWithoutNullStreams,
  text: string,
  timeoutMs = 20_000,
): Promise<string> {
  let seen = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no “${text}” within ${timeoutMs} ms in: ${seen}`)), timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      seen += piece;
      if (!seen.includes(text)) return;
      clearTimeout(timer);
      resolve(seen);
    });
  });
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  const text = await waitForOutput(child, "\n");
  return text.slice(0, text.indexOf("\n"));
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(timer);
}
