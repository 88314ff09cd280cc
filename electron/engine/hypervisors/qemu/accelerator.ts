/**
 * Which accelerator works on the host. A device file that is there proves nothing: on some hosts KVM starts and the
 * guest dies at once. So Pith is booted with it for a moment, and the answer kept for this host and this QEMU.
 */

import { access, constants, stat } from "node:fs/promises";
import { cpus, hostname, release } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { systemErrorCode, writeFileAtomically } from "../../lib/atomic-file.ts";
import { readRegular } from "../../lib/open-regular.ts";
import type { Accelerator } from "./argv.ts";
import { findQemu } from "./binary.ts";
import { bootForAMoment, endOrphanedProbes } from "./probe.ts";

/** How long a start waits for an answer that is being looked for. */
const PATIENCE_MS = 400;
const MAX_FILE_BYTES = 1 << 20;
const MAX_ANSWERS = 50;

const Answer = z.object({
  works: z.boolean(),
  /** What was seen, in a sentence. */
  saw: z.string(),
  /** From QEMU's start to the guest's first sign of life. */
  aliveAfterMs: z.number().optional(),
  askedAt: z.number(),
});
type Answer = z.infer<typeof Answer>;

const Answers = z.object({ version: z.literal(1), answers: z.record(z.string(), Answer) });

export interface AcceleratorReport {
  name: Exclude<Accelerator, "tcg">;
  /** `absent`: this machine has none; `refused`: it has, but not for us; `unknown`: it could not be tried. */
  state: "works" | "broken" | "absent" | "refused" | "unknown";
  saw: string;
}

export interface AcceleratorOptions {
  /** `accelerators.json` */
  path: string;
  /** `kernel.img` of Pith. */
  kernel: string;
  platform?: NodeJS.Platform;
  /** Boots it; another one in tests. */
  boot?: Boot;
}

type Boot = typeof bootForAMoment;

export class Accelerators {
  readonly #path: string;
  readonly #kernel: string;
  readonly #platform: NodeJS.Platform;
  readonly #boot: Boot;
  readonly #closing = new AbortController();
  #probe: Promise<AcceleratorReport> | undefined;
  #orphansEnded: Promise<void> | undefined;

  constructor({ path, kernel, platform = process.platform, boot = bootForAMoment }: AcceleratorOptions) {
    this.#path = path;
    this.#kernel = kernel;
    this.#platform = platform;
    this.#boot = boot;
  }

  /** The accelerator for a machine that starts now. Waits a moment at most, and only while nothing is known. */
  async choose(wanted: Accelerator | "auto"): Promise<Accelerator> {
    if (wanted !== "auto") return wanted;
    const report = await Promise.race([
      this.report(),
      sleep(PATIENCE_MS, undefined, { ref: false }).then(() => undefined),
    ]);
    return report?.state === "works" ? report.name : "tcg";
  }

  /** What is known about the accelerator of this kind of machine; tried where nothing is known, or when asked to. */
  async report(refresh = false): Promise<AcceleratorReport> {
    const name = this.#platform === "darwin" ? "hvf" : "kvm";
    const obstacle = await this.#obstacle(name);
    if (obstacle) return obstacle;
    const key = await this.#key(name);
    const remembered = refresh ? undefined : (await this.#read())[key];
    if (remembered) return { name, state: remembered.works ? "works" : "broken", saw: remembered.saw };
    this.#probe ??= this.#tryOut(name, key).finally(() => {
      this.#probe = undefined;
    });
    return this.#probe;
  }

  /** Begins to look for the answer, where none is known: a start that comes soon need not wait then. */
  warmUp(): void {
    // Callers that need the answer get the error too.
    this.#endOrphans()
      .then(() => this.report())
      .catch(() => {});
  }

  /** Ends what is being tried. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#probe?.catch(() => {});
  }

  get #probes(): string {
    return join(dirname(this.#path), "probes");
  }

  /** Once, before this engine's own first probe. */
  #endOrphans(): Promise<void> {
    this.#orphansEnded ??= endOrphanedProbes(this.#probes);
    return this.#orphansEnded;
  }

  /** Why it need not be tried. */
  async #obstacle(name: AcceleratorReport["name"]): Promise<AcceleratorReport | undefined> {
    if (process.arch !== "x64") {
      return { name, state: "absent", saw: `the host's processor (${process.arch}) cannot run x86-64 code natively` };
    }
    if (name === "hvf") return undefined;
    try {
      await access("/dev/kvm", constants.R_OK | constants.W_OK);
      return undefined;
    } catch (error) {
      return systemErrorCode(error) === "EACCES"
        ? { name, state: "refused", saw: "/dev/kvm exists, but your account may not use it" }
        : { name, state: "absent", saw: "there is no /dev/kvm" };
    }
  }

  async #tryOut(name: AcceleratorReport["name"], key: string): Promise<AcceleratorReport> {
    try {
      await access(this.#kernel, constants.R_OK);
    } catch {
      return { name, state: "unknown", saw: "it cannot be tested before Pith is built" };
    }
    await this.#endOrphans();
    const glimpse = await this.#boot(this.#kernel, name, this.#closing.signal, this.#probes);
    const saw = glimpse.isAlive
      ? `a guest was alive after ${Math.round(glimpse.afterMs)} ms`
      : `a guest started with ${name.toUpperCase()} did not come up: ${glimpse.ending}`;
    const aliveAfterMs = glimpse.isAlive ? glimpse.afterMs : undefined;
    await this.#remember(key, { works: glimpse.isAlive, saw, aliveAfterMs, askedAt: Date.now() });
    return { name, state: glimpse.isAlive ? "works" : "broken", saw };
  }

  /** Another machine, kernel, processor or QEMU may answer otherwise. No program is started to find out. */
  async #key(name: string): Promise<string> {
    const qemu = await findQemu();
    const { mtimeMs, size } = await stat(qemu);
    return [name, hostname(), release(), cpus()[0]?.model ?? "", qemu, size, mtimeMs].join("|");
  }

  async #read(): Promise<Record<string, Answer>> {
    try {
      return Answers.parse(JSON.parse(await readRegular(this.#path, MAX_FILE_BYTES))).answers;
    } catch {
      // Not there, or damaged: the worst that comes of it is another try.
      return {};
    }
  }

  async #remember(key: string, answer: Answer): Promise<void> {
    const others = Object.entries(await this.#read()).filter(([known]) => known !== key);
    const answers = Object.fromEntries([...others.slice(1 - MAX_ANSWERS), [key, answer]]);
    await writeFileAtomically(this.#path, `${JSON.stringify({ version: 1, answers }, null, 2)}\n`);
  }
}
