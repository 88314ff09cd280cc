/**
 * A machine's network, changed while it runs. The monitor for people is the only one that knows host forwards: its lines are
 * built from checked numbers and addresses alone, and its answers, which are texts, are read for what they refuse.
 */

import { z } from "zod";
import { PortForward } from "../../../../shared/contract/instances.ts";
import type { MachineNetwork } from "../driver.ts";
import { findPortHolder, portBusy } from "../port-holder.ts";
import { CAPTURE_PREFIX, captureFilter, hostForward, hostSide } from "./argv.ts";
import { QmpError } from "./qmp.ts";

/** `info network` has some lines for each card. */
const MAX_SAID_CHARACTERS = 64 << 10;

export type Execute = (command: string, parameters?: Record<string, unknown>) => Promise<unknown>;

/** A machine's card of user mode, and the guest's address behind it where that is not the usual one. */
export interface UserNic {
  name: string;
  guest: string | undefined;
}

export class QemuNetwork implements MachineNetwork {
  readonly #execute: Execute;
  readonly #userNic: UserNic | undefined;

  constructor(execute: Execute, userNic: UserNic | undefined) {
    this.#execute = execute;
    this.#userNic = userNic;
  }

  async addForward(forward: PortForward): Promise<void> {
    const said = await this.#tell(addLine(this.#forwardingNic(), forward));
    if (/could not set up host forwarding rule/i.test(said))
      throw portBusy(forward.host, { details: said, holder: await findPortHolder(forward) });
    if (said !== "") throw new QmpError(said);
  }

  async removeForward(forward: PortForward): Promise<void> {
    const said = await this.#tell(removeLine(this.#forwardingNic(), forward));
    if (!/^host forwarding rule for \S+ removed$/.test(said)) throw new QmpError(said || "QEMU did not answer");
  }

  async cards(): Promise<{ name: string; isCaptured: boolean }[]> {
    return cardsIn(await this.#tell("info network"));
  }

  async beginCapture(card: string, path: string): Promise<void> {
    await this.#execute("object-add", captureFilter(card, path));
  }

  async endCapture(card: string): Promise<void> {
    await this.#execute("object-del", { id: `${CAPTURE_PREFIX}${card}` });
  }

  async unplug(card: string): Promise<void> {
    await this.#execute("netdev_del", { id: card });
  }

  #forwardingNic(): UserNic {
    if (this.#userNic) return this.#userNic;
    throw new QmpError("This machine has no network card that forwards ports");
  }

  async #tell(line: string): Promise<string> {
    const said = await this.#execute("human-monitor-command", { "command-line": line });
    return typeof said === "string" ? said.trim().slice(0, MAX_SAID_CHARACTERS) : "";
  }
}

/** What `info network` says: each backend in a line of its own below its card, then its filters. Exported for its test. */
export function cardsIn(said: string): { name: string; isCaptured: boolean }[] {
  const names = [...said.matchAll(/^ \\ ([A-Za-z][\w.-]*): /gm)].map(([, name = ""]) => name);
  const filters = new Set([...said.matchAll(/^ {2}- ([A-Za-z][\w.-]*): type=filter-dump/gm)].map(([, id]) => id));
  return names.map((name) => ({ name, isCaptured: filters.has(`${CAPTURE_PREFIX}${name}`) }));
}

/** `hostfwd_add net0 tcp:127.0.0.1:8080-:80`. Throws what zod throws for what is no forward. */
export function addLine({ name, guest }: UserNic, forward: PortForward): string {
  const address = guest === undefined ? undefined : z.ipv4().parse(guest);
  return `hostfwd_add ${name} ${hostForward(PortForward.parse(forward), address)}`;
}

/** `hostfwd_remove net0 tcp:127.0.0.1:8080`. */
export function removeLine({ name }: Pick<UserNic, "name">, forward: PortForward): string {
  return `hostfwd_remove ${name} ${hostSide(PortForward.parse(forward))}`;
}
