/** The way out of a network: user-mode networking without a machine, as a process of the switch's own. */

import { rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import type { GatewayDriver } from "../../hypervisors/driver.ts";
import type { Subnet } from "../../lib/ipv4-address.ts";
import { spawnTethered, type Tethered } from "../../lib/tethered.ts";
import { gatewayAddresses } from "../plan-network.ts";
import type { NetworkFiles } from "../record.ts";
import { plugIn } from "./link.ts";
import { type Switching, WAY_OUT } from "./switching.ts";

const RESTART_AFTER_MS = 1000;

export class WayOut {
  readonly #files: NetworkFiles;
  readonly #driver: GatewayDriver;
  readonly #server: Server;
  #child: Tethered | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(files: NetworkFiles, switching: Switching, driver: GatewayDriver) {
    this.#files = files;
    this.#driver = driver;
    this.#server = createServer((socket) => {
      if (switching.isPlugged(WAY_OUT)) socket.destroy();
      else void plugIn(switching, WAY_OUT, socket);
    });
  }

  async open(subnet: Subnet): Promise<void> {
    await this.#driver.endStray(this.#files.folder);
    await rm(this.#files.wire, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#files.wire, resolve);
    });
    await this.#start(subnet);
  }

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#child?.end();
    this.#server.close();
  }

  async #start(subnet: Subnet): Promise<void> {
    const { folder, wire } = this.#files;
    const [program, ...words] = await this.#driver.command(gatewayAddresses(subnet), wire, folder);
    if (this.#isOver) return;
    const tethered = spawnTethered(program, words, { cwd: folder, stderr: "inherit" });
    const child = tethered.process;
    this.#child = tethered;
    child.once("error", (error) => console.error(`Outbound access could not be started: ${error.message}`));
    child.once("exit", (status, signal) => {
      if (this.#isOver) return;
      console.error(`Outbound access stopped (${signal ?? status}) and is restarted`);
      this.#timer = setTimeout(() => void this.#start(subnet).catch(console.error), RESTART_AFTER_MS);
    });
  }
}
