/**
 * A Xen host in an emulated machine (`e2e/xen-host/`), of a test's own: it is started, told in dom0 what to do, and ends
 * with the test.
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./world.ts";

const run = promisify(execFile);
const scripts = join(root, "e2e", "xen-host");

/** Seconds after which the host ends, whatever has become of the tests. */
const LIFETIME_S = 900;
const COMMAND_LIMIT_MS = 240_000;
/** A guest that has not ended by then is not waited for any longer; a PC's firmware takes a minute here. */
const GUEST_LIMIT_S = 180;

/** How a guest has ended, by `xl`'s number. */
export const Reason = { powerOff: 0, reboot: 1, crash: 3 } as const;

export interface XenGuest {
  /** In dom0; letters and digits. */
  name: string;
  /** Path of its disk here; copied for the host when the guest is created. */
  image: string;
  memoryMiB?: number;
  /** Whether it has a network card. */
  network?: boolean;
  /** What it is: `pvh`, whose kernel the host starts, or a PC that boots its disk (`hvm`), whose console is a serial port. */
  type?: "pvh" | "hvm";
}

export interface XenEnd {
  reason: number;
  console: string;
  /** The milestones that it has left in xenstore. */
  events: Record<string, unknown>[];
}

/** Why no Xen host can be had on this machine; undefined where it can. Its programs are Linux's, its packages Debian's. */
export function obstacleToXenHost(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "the Xen host is built on Linux on x86-64 alone";
  if (!existsSync("/usr/bin/apt-get")) return "the Xen host is built from Debian's packages, and there is no apt-get";
  return undefined;
}

export class XenHost {
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#environment = { ...process.env, XEN_HOST_RUN: folder, XEN_HOST_LIFETIME: String(LIFETIME_S) };
  }

  /** Starts a host; built before, if that has not been done. */
  static async start(): Promise<XenHost> {
    const host = new XenHost(await mkdtemp(join(tmpdir(), "unideck-xen-")));
    try {
      await mkdir(host.#share());
      await host.#script("build-host.sh");
      await host.#script("start-host.sh");
      await copyFile(join(root, "kernel", "build", "release", "kernel.img"), host.#share("kernel.img"));
      return host;
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
  }

  #share(...parts: string[]): string {
    return join(this.#folder, "share", ...parts);
  }

  async #script(name: string, args: string[] = []): Promise<string> {
    const { stdout } = await run(join(scripts, name), args, { env: this.#environment, maxBuffer: 1 << 26 });
    return stdout;
  }

  /** Runs a line of shell in dom0; what it says. */
  async dom0(line: string): Promise<string> {
    const { stdout } = await run(join(scripts, "ssh.sh"), [line], {
      env: this.#environment,
      timeout: COMMAND_LIMIT_MS,
      maxBuffer: 1 << 26,
    });
    return stdout;
  }

  /** Creates a guest that stays as it is when it has ended. */
  async create({ name, image, memoryMiB = 64, network = false, type = "pvh" }: XenGuest): Promise<void> {
    await run("cp", ["--sparse=always", image, this.#share(`${name}.img`)]);
    const settings = [
      `name = "${name}"`,
      `type = "${type}"`,
      ...(type === "pvh"
        ? ['kernel = "/share/kernel.img"']
        : ['vga = "none"', "vnc = 0", `serial = "file:${consoleOf(name)}"`]),
      `memory = ${memoryMiB}`,
      `disk = [ "format=raw, vdev=xvda, access=rw, target=/share/${name}.img" ]`,
      ...(network ? ['vif = [ "bridge=xenbr0" ]'] : []),
      ...["poweroff", "reboot", "crash"].map((end) => `on_${end} = "preserve"`),
    ];
    await writeFile(this.#share(`${name}.cfg`), `${settings.join("\n")}\n`);
    await this.dom0(`xl create -q /share/${name}.cfg`);
  }

  /** Waits until a guest has said something on its console; all that it has said. */
  waitFor(name: string, text: string): Promise<string> {
    return this.#until(`grep -qF '${text}' ${consoleOf(name)}`, `cat ${consoleOf(name)}`);
  }

  /** Types into a guest's console. `xl console` does that for a terminal alone; where it writes to is in xenstore. */
  async type(name: string, text: string): Promise<void> {
    const terminal = `$(xenstore-read /local/domain/$(xl domid ${name})/console/tty)`;
    const octal = Array.from(new TextEncoder().encode(text), (byte) => `\\${byte.toString(8).padStart(3, "0")}`);
    await this.dom0(`printf '${octal.join("")}' > ${terminal}`);
  }

  /** Sets a guest's `control/shutdown` in xenstore, as toolstacks do. */
  async wish(name: string, what: string): Promise<void> {
    await this.dom0(`xenstore-write /local/domain/$(xl domid ${name})/control/shutdown ${what}`);
  }

  /** The address that a guest got by DHCP, once it answers there. */
  async addressOf(name: string): Promise<string> {
    const mac = `$(xenstore-read /local/domain/$(xl domid ${name})/device/vif/0/mac)`;
    const look = `ping -c 1 -W 1 10.0.2.$n >/dev/null && grep -i "^10.0.2.$n .* $mac " /proc/net/arp && break`;
    const found = await this.dom0(`mac=${mac}; for n in $(seq 15 40); do ${look}; done`);
    const address = found.split(" ")[0];
    if (!address) throw new Error(`the guest ${name} has no address`);
    return address;
  }

  /** Waits until a guest has ended, and lets go of it. */
  async end(name: string): Promise<XenEnd> {
    const said = await this.#until(`grep -q 'has shut down' ${logOf(name)}`, `cat ${logOf(name)}`);
    const reason = Number(/reason code (\d+)/.exec(said)?.[1] ?? Number.NaN);
    const events = await this.#events(name);
    return { reason, events, console: await this.dom0(`xl destroy ${name}; cat ${consoleOf(name)}`) };
  }

  /** What is in a guest's folder `data/unideck`, in the order of time. */
  async #events(name: string): Promise<XenEnd["events"]> {
    const folder = `/local/domain/$(xl domid ${name})/data/unideck`;
    const each = `for kind in $(xenstore-list ${folder}); do for n in $(xenstore-list ${folder}/$kind); do xenstore-read ${folder}/$kind/$n; done; done`;
    const lines = (await this.dom0(`${each} 2>/dev/null; true`)).split("\n").filter((line) => line !== "");
    return lines.map((line) => JSON.parse(line)).sort((a, b) => a.t - b.t);
  }

  #until(claim: string, then: string): Promise<string> {
    const line = `n=0; until ${claim} 2>/dev/null; do n=$((n + 1)); [ $n -lt ${GUEST_LIMIT_S * 5} ] || break; usleep 200000; done`;
    return this.dom0(`${line}; ${then}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#script("stop-host.sh").catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const consoleOf = (name: string): string => `/var/log/xen/console/guest-${name}.log`;
const logOf = (name: string): string => `/var/log/xen/xl-${name}.log`;
