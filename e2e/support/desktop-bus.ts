/** A session bus of a test's own, with stand-ins for the parts of a desktop that an application talks to. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "@playwright/test";
import { systemPython } from "../../scripts/setup/machine.mjs";
import { root, type World, waitForOutput } from "./world.ts";

interface Happened {
  item?: string;
  notification?: number;
  title?: string;
  body?: string;
  menu?: string[];
  error?: string;
}

export class DesktopBus implements AsyncDisposable {
  readonly address: string;
  readonly happened: Happened[] = [];
  readonly #daemon: ChildProcessWithoutNullStreams;
  readonly #standIn: ChildProcessWithoutNullStreams;

  private constructor(address: string, daemon: ChildProcessWithoutNullStreams) {
    this.address = address;
    this.#daemon = daemon;
    this.#standIn = spawn(systemPython(), [join(root, "e2e/support/desktop_bus.py")], {
      env: { ...process.env, DBUS_SESSION_BUS_ADDRESS: address },
    });
    this.#standIn.stderr.pipe(process.stderr);
    createInterface({ input: this.#standIn.stdout }).on("line", (line) => this.happened.push(JSON.parse(line)));
  }

  static async start(world: World): Promise<DesktopBus> {
    const daemon = world.spawnFile("dbus-daemon", ["--session", "--nofork", "--print-address"]);
    const address = (await waitForOutput(daemon, "\n")).trim();
    const bus = new DesktopBus(address, daemon);
    await expect.poll(() => bus.happened).toContainEqual({ ready: true });
    return bus;
  }

  /** The labels of the tray item's menu, as they are now. */
  async menu(): Promise<string[]> {
    const before = this.happened.length;
    this.#send({ menu: true });
    await expect.poll(() => this.happened.length).toBeGreaterThan(before);
    return this.happened.findLast(({ menu }) => menu)?.menu ?? [];
  }

  clickMenu(label: string): void {
    this.#send({ click: label });
  }

  openNotification(number: number): void {
    this.#send({ open: number });
  }

  #send(command: object): void {
    this.#standIn.stdin.write(`${JSON.stringify(command)}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#standIn.kill();
    this.#daemon.kill();
  }
}
