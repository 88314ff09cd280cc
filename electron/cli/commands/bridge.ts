/** `unideck network plan|apply|confirm|undo …`: bridges of the host. */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { type Bridge, BridgeName, type BridgePlan, BridgeSpec } from "../../../shared/contract/bridges.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import { Problem } from "../../../shared/problem.ts";
import { shellLine } from "../../../shared/shell-words.ts";
import { visible } from "../../../shared/visible-text.ts";
import { helperProblem } from "../../engine/networks/bridge/helper.ts";
import { serverAddress } from "../../engine/networks/bridge/ssh-addresses.ts";
import { formatTable, print, writeText } from "../output.ts";
import { withEngine } from "../with-engine.ts";

interface Options {
  json: boolean;
}

const isAtTerminal = () => process.stdin.isTTY === true;

export interface SpecOptions extends Options {
  uplink?: string;
  address?: string;
  seats?: number;
}

export interface ApplyOptions extends SpecOptions {
  consent?: string;
  seconds: number;
  yes: boolean;
}

export async function listBridges({ json }: Options): Promise<void> {
  const bridges = await withEngine((client) => client.bridges.list(), { isBrief: true });
  const rows = bridges.map((bridge) => [
    bridge.name,
    stateInWords(bridge),
    bridge.uplink ?? "",
    bridge.addresses.join(" "),
    bridge.taps.join(" "),
  ]);
  print(bridges, { json, text: () => formatTable(["NAME", "STATE", "UPLINK", "ADDRESSES", "TAPS"], rows) });
}

export async function listInterfaces({ json }: Options): Promise<void> {
  const host = await withEngine((client) => client.bridges.host(), { isBrief: true });
  const rows = host.interfaces.map(({ name, addresses, refusal, reasons }) => [
    name,
    addresses.join(" "),
    refusal === undefined ? reasons.join("; ") : `can't be an uplink: ${refusal}`,
  ]);
  print(host, { json, text: () => formatTable(["INTERFACE", "ADDRESSES", "AS AN UPLINK"], rows) });
}

export async function planBridge(name: string, options: SpecOptions): Promise<void> {
  const wish = wishOf(name, options);
  const plan = await withEngine((client) => client.bridges.plan({ wish, sshAddress: sshAddress() }), { isBrief: true });
  print(plan, { json: options.json, text: () => formatPlan(plan) });
}

/**
 * Shows the plan, asks where there is somebody to ask, carries it out; at a terminal it waits for the confirmation. Not brief,
 * as nothing is where a person is waited for: other hosts would have to wait too.
 */
export async function applyBridge(name: string, options: ApplyOptions): Promise<void> {
  const { json, yes, seconds, consent } = options;
  const wish = wishOf(name, options);
  const isAsked = !yes && !json && isAtTerminal();
  await withEngine(async (client) => {
    const request = { wish, sshAddress: sshAddress() };
    const plan = await client.bridges.plan(request);
    if (!json) writeText(process.stdout, formatPlan(plan));
    if (isAsked && !(await ask("Apply? [y/N] "))) throw new Problem("task.cancelled", "No changes were made");
    const by = await whoseRights(client);
    const { command } = await client.bridges.apply({ ...request, digest: plan.digest, consent, seconds, by });
    if (command) await sudo(command);
    const bridge = await find(client, name);
    const isKept = isAsked && (await ask(`It is undone in ${seconds} s. Does everything still work? Keep it? [y/N] `));
    const after = isKept ? await client.bridges.confirm({ name }) : bridge;
    print(after, { json, text: () => [`${name}: ${stateInWords(after)}`] });
  });
}

export async function confirmBridge(name: string, { json }: Options): Promise<void> {
  const bridge = await withEngine((client) => client.bridges.confirm({ name }), { isBrief: true });
  print(bridge, { json, text: () => [`${name}: ${stateInWords(bridge)}`] });
}

export async function undoBridge(name: string, { force, json }: Options & { force: boolean }): Promise<void> {
  await withEngine(async (client) => {
    const { command } = await client.bridges.undo({ name, force, by: await whoseRights(client) });
    if (command) await sudo(command);
    // The engine looks, so that its clients see that it is gone.
    await client.bridges.list();
    print({ name }, { json, text: () => [`${name}: undone`] });
  });
}

export async function installHelper({ json }: Options): Promise<void> {
  await withEngine(async (client) => {
    const { install } = await client.bridges.host();
    if (!install) return;
    if (!isAtTerminal())
      throw new Problem("network.privilege", "This needs root, and there is no terminal to ask for a password", {
        hint: `Run this in a terminal: ${shellLine(install)}`,
      });
    await sudo(install.slice(1));
    // What was installed is compared with what was meant.
    if ((await client.bridges.host()).install)
      throw new Problem("network.privilege", "The installed network helper failed verification", {
        hint: "Check who can write to the folders above it, then install it again.",
      });
  });
  print({ installed: true }, { json, text: () => "The network helper is installed.\n" });
}

function wishOf(name: string, { uplink, address, seats }: SpecOptions): BridgeSpec {
  if (!BridgeName.safeParse(name).success)
    throw new Problem("network.invalid", `A bridge can't be named ${JSON.stringify(name.slice(0, 60))}`, {
      hint: "Use at most 10 lower-case letters, digits and dashes, beginning with a letter.",
    });
  const wish = BridgeSpec.safeParse({ name, uplink, address, seats });
  if (wish.success) return wish.data;
  throw new Problem("network.invalid", `Invalid bridge options: ${wish.error.issues[0]?.message}`, {
    hint: "A bridge has an uplink, an address such as 10.20.0.1/24, and 1 to 16 seats.",
  });
}

const sshAddress = () => serverAddress(process.env.SSH_CONNECTION);

/** At a terminal sudo asks for the password there; elsewhere the engine has root's rights, or pkexec asks. */
async function whoseRights(client: UnideckClient): Promise<"engine" | "caller"> {
  const { way } = await client.bridges.host();
  return way !== "root" && isAtTerminal() ? "caller" : "engine";
}

async function find(client: UnideckClient, name: string): Promise<Bridge> {
  const bridge = (await client.bridges.list()).find((one) => one.name === name);
  if (bridge) return bridge;
  throw new Problem("network.failed", `The bridge ${name} is not there`, { hint: "Check the plan again." });
}

/** Runs a command of the engine's with the rights of root, at this terminal. */
async function sudo(command: readonly string[]): Promise<void> {
  const child = spawn("sudo", ["--", ...command], { stdio: "inherit" });
  const code = await new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (status) => resolve(status ?? 127));
  });
  if (code !== 0) throw helperProblem(command.slice(1), code === 1 ? 127 : code, "");
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

function formatPlan({ steps, warnings, consent }: BridgePlan): string {
  const lines = steps.map(({ command, undo, changes }) => {
    const [does, undoes] = [command.join(" "), undo.join(" ")];
    return `${visible(does)}\n    ${visible(changes)}; undone by: ${visible(undoes)}\n`;
  });
  const notes = [
    ...warnings.map((warning) => `note: ${visible(warning)}\n`),
    ...(consent?.reasons.map((reason) => `danger: ${visible(reason)}. It needs --consent ${consent.interface}\n`) ??
      []),
  ];
  return [...lines, ...notes].join("");
}

/** The contract's limit for the time until a bridge is undone. */
const MAX_WAIT_SECONDS = 600;

function stateInWords({ name, state, undoneAt }: Bridge): string {
  if (state !== "waiting" || undoneAt === undefined) return state;
  // No more than a bridge may wait, should the clock have been set since.
  const seconds = Math.min(MAX_WAIT_SECONDS, Math.max(0, Math.round((undoneAt - Date.now()) / 1000)));
  return `waiting; undone in ${seconds} s unless confirmed: unideck network confirm ${name}`;
}
