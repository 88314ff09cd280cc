/**
 * A network of a test's own: a network namespace with its own `/run`, in which the test is root, as any user. It lives for
 * as long as a process in it that ends with the test.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { userInfo } from "node:os";
import { execa } from "execa";

const setup = "mount -t tmpfs tmpfs /run && ip link set lo up && echo ready && exec cat";

export interface Said {
  code: number | undefined;
  stdout: string;
  stderr: string;
}

export class NetworkNamespace {
  readonly #holder: ChildProcess;
  readonly #enter: string[];

  private constructor(holder: ChildProcess, enter: string[]) {
    this.#holder = holder;
    this.#enter = enter;
  }

  /** `within`: whose user it shares, so that lines can be laid between the two. */
  static async create(within?: NetworkNamespace): Promise<NetworkNamespace> {
    const isRoot = userInfo().uid === 0;
    const asRoot = isRoot || within ? [] : ["--map-root-user"];
    const [file = "", ...words] = [
      ...(within?.prefix ?? []),
      "unshare",
      ...asRoot,
      "--net",
      "--mount",
      "sh",
      "-c",
      setup,
    ];
    const holder = spawn(file, words, { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    holder.stderr.on("data", (bytes) => {
      said += bytes;
    });
    const [first] = await Promise.race([once(holder.stdout, "data"), once(holder, "close")]);
    if (String(first) !== "ready\n")
      throw new Error(`A network namespace could not be made here (it needs user namespaces, or root): ${said}`);
    const user = isRoot ? [] : ["--user", "--preserve-credentials"];
    return new NetworkNamespace(holder, ["nsenter", "--target", String(holder.pid), ...user, "--net", "--mount"]);
  }

  /** What has to be before a command for it to run here. Paths in it have to be whole. */
  get prefix(): readonly string[] {
    return this.#enter;
  }

  get pid(): number {
    return this.#holder.pid ?? 0;
  }

  async run(...words: string[]): Promise<Said> {
    const [file = "", ...rest] = [...this.#enter, ...words];
    const { exitCode, stdout, stderr } = await execa(file, rest, { reject: false, stdin: "ignore" });
    return { code: exitCode, stdout, stderr };
  }

  /** Throws where it fails. */
  async ip(words: string): Promise<void> {
    const { code, stderr } = await this.run("ip", ...words.split(" "));
    if (code !== 0) throw new Error(`ip ${words}: ${stderr}`);
  }

  /** Everything that `ip` knows: two of these are the same where nothing was left behind. */
  async trace(): Promise<unknown> {
    const of = async (words: string) => {
      const { stdout } = await this.run("ip", ...`-json ${words}`.split(" "));
      return JSON.parse(stdout || "[]");
    };
    return {
      links: await of("-details link show"),
      addresses: await of("address show"),
      routes4: await of("-4 route show table all"),
      routes6: await of("-6 route show table all"),
    };
  }

  async close(): Promise<void> {
    this.#holder.stdin?.end();
    if (this.#holder.exitCode === null) await once(this.#holder, "exit");
  }
}
