/**
 * The helper script that makes bridges: where it is, who may have changed it, and how it is run as root. What it is given are
 * words that it checks itself (its grammar stands in it); nothing of it goes through a shell.
 */

import { lstat, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { Problem } from "../../../../shared/problem.ts";
import { shellLine } from "../../../../shared/shell-words.ts";
import { systemErrorCode } from "../../lib/atomic-file.ts";
import { createHash } from "../../lib/crypto.ts";
import { findProgram } from "../../lib/find-program.ts";

/** Where packages and the command `install` put it: root's, so that nothing that runs as the user can change it. */
export const INSTALLED_HELPER = "/usr/local/libexec/unideck-network-helper";
const systemFolders = "/usr/bin:/bin:/usr/sbin:/sbin";
/** A person types a password meanwhile. */
const RUN_LIMIT_MS = 300_000;
const MAX_SAID_BYTES = 1 << 16;
/** A step is two lines, and there are at most some hundred. */
const MAX_PLAN_BYTES = 1 << 20;

export type Way = "root" | "pkexec" | "terminal";

/** Whether what is installed may be run as root. */
export interface HelperReport {
  /** `unneeded`: we are root ourselves, and run the script that came with us. */
  state: "unneeded" | "ready" | "absent" | "untrusted";
  saw: string;
  /** The command that puts it where only root can change it; absent where that has been done. */
  install?: string[];
}

export class BridgeHelper {
  /** The script that came with this Unideck. */
  readonly #bundled: string;
  readonly #installed: string;
  readonly #isRoot: boolean;

  constructor(bundled: string, { installed = INSTALLED_HELPER, isRoot = process.geteuid?.() === 0 } = {}) {
    this.#bundled = bundled;
    this.#installed = installed;
    this.#isRoot = isRoot;
  }

  /** How root's rights are had by the engine itself; `terminal`: not at all, somebody has to be asked there. */
  async way(): Promise<Way> {
    if (this.#isRoot) return "root";
    return (await findPkexec()) ? "pkexec" : "terminal";
  }

  async report(): Promise<HelperReport> {
    if (this.#isRoot) return { state: "unneeded", saw: "Unideck runs as root" };
    const [ours, theirs] = await Promise.all([digestOf(this.#bundled), digestOf(this.#installed)]);
    const install = ["sudo", "install", "-D", "-o", "root", "-g", "root", "-m", "0755", this.#bundled, this.#installed];
    if (theirs === undefined) return { state: "absent", saw: "The network helper is not installed yet", install };
    if (theirs !== ours)
      return { state: "untrusted", saw: "The installed network helper belongs to another version of Unideck", install };
    const exposed = await exposedPart(this.#installed);
    if (exposed === undefined) return { state: "ready", saw: this.#installed };
    const saw = `Users other than root can change ${exposed}, so the network helper is not run`;
    return { state: "untrusted", saw, install };
  }

  /** What each step of these words does, and what undoes it: in the helper's own words. Throws network.failed. */
  async explain(words: readonly string[]): Promise<{ command: string[]; undo: string[] }[]> {
    const { code, stdout, stderr } = await run([this.#bundled, "plan", ...words], MAX_PLAN_BYTES);
    const lines = stdout.split("\n").filter(Boolean);
    const of = (sign: string) =>
      lines.filter((line) => line.startsWith(`${sign} `)).map((line) => line.slice(2).split(" "));
    const [commands, undos] = [of("+"), of("-")];
    if (code !== 0 || commands.length !== undos.length)
      throw new Problem("network.failed", "The plan could not be made", {
        details: stderr,
        hint: "Please report this.",
      });
    return commands.map((command, i) => ({ command, undo: undos[i] ?? [] }));
  }

  /** The command that does this as root, for a user who runs it as root. Throws network.privilege. */
  async command(words: readonly string[]): Promise<string[]> {
    const { saw, install } = await this.report();
    if (install === undefined) return [this.#isRoot ? this.#bundled : this.#installed, ...words];
    throw new Problem("network.privilege", saw, {
      hint: `Run once, or “unideck network install-helper” in a terminal: ${shellLine(install)}`,
      details: `It runs as root, so it must be installed where only root can change it. SHA-256 of what is installed: ${await digestOf(this.#bundled)}`,
    });
  }

  /** Does it, as root or by pkexec. Throws network.privilege, network.exists, network.not-found, network.failed. */
  async run(words: readonly string[]): Promise<void> {
    const command = await this.command(words);
    const pkexec = this.#isRoot ? [] : [await findPkexec()];
    if (pkexec.includes(undefined))
      throw new Problem("network.privilege", "This needs root, and pkexec is not installed", {
        hint: "Use a terminal, where sudo asks for your password: “unideck network apply”, “unideck network undo”.",
      });
    const { code, stderr } = await run([...pkexec.flatMap((path) => path ?? []), ...command], MAX_SAID_BYTES);
    if (code !== 0) throw helperProblem(words, code, stderr);
  }
}

const findPkexec = () => findProgram("pkexec", systemFolders);

/** What of a path others than root can change: the file, or a folder on the way to it; undefined where nothing is. */
export async function exposedPart(path: string): Promise<string | undefined> {
  for (let at = path; ; at = dirname(at)) {
    const facts = await lstat(at).catch(() => undefined);
    if (facts?.uid !== 0 || facts.isSymbolicLink() || (facts.mode & 0o022) !== 0) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** What the helper's exit says (its first lines have the list) after these words; 126 and 127 are pkexec's. */
export function helperProblem([verb]: readonly string[], code: number | undefined, said: string): Problem {
  const details = said.trim();
  // “failed: COMMAND”, then what it said.
  const [, failed = "a step", reason = ""] = /^failed: (.*)\n([^\n]*)/m.exec(details) ?? [];
  switch (code) {
    case 126:
    case 127:
      return new Problem("network.privilege", "Root permission was denied", {
        hint: "Try again, or use a terminal: “unideck network apply”, “unideck network undo”.",
        details,
      });
    case 3:
      return verb === "apply"
        ? new Problem("network.exists", "This bridge is set up already", { hint: "Undo it first." })
        : new Problem("network.not-found", "This bridge is not set up", {
            hint: "“unideck network bridges” lists them.",
          });
    case 4:
      return new Problem("network.failed", `${failed} failed (${reason}); everything before it was undone`, {
        hint: "Check the plan again: the host's network is as it was.",
        details,
      });
    case 5:
      return new Problem("network.failed", "Some changes could not be undone", {
        hint: "The details say what; the rest is as it was.",
        details,
      });
    default:
      return new Problem("network.failed", "The network helper failed", {
        hint: "Check the plan again; see the details for its output.",
        details: details || `It ended with ${code}.`,
      });
  }
}

async function run(words: readonly string[], maxBytes: number) {
  const [file = "", ...rest] = words;
  // Large, and nothing that a command without bridges needs.
  const { execa } = await import("execa");
  const { exitCode, stdout, stderr } = await execa(file, rest, {
    ...{ reject: false, stdin: "ignore", timeout: RUN_LIMIT_MS, maxBuffer: maxBytes },
    // Whatever the person's shell has set is none of its business.
    extendEnv: false,
    env: { PATH: systemFolders, LC_ALL: "C", ...displayOf(process.env) },
  });
  return { code: exitCode, stdout, stderr };
}

/** What pkexec needs to find who may be asked. */
function displayOf(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ["DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"];
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

async function digestOf(path: string): Promise<string | undefined> {
  try {
    return createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  } catch (error) {
    if (systemErrorCode(error) !== undefined) return undefined;
    throw error;
  }
}
