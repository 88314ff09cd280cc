/** Who holds a port of the host: the process, and the instance where it is a machine of ours. */

import { execFile } from "node:child_process";
import { readdir, readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";
import type { PortForward } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { SharedWork } from "../lib/shared-work.ts";

const ASK_TIMEOUT_MS = 3000;

/** A port of the host, as a forward has it. */
export type HostSide = Pick<PortForward, "protocol" | "hostAddress" | "host">;

/** `holder`: who has it, where that is known. */
export function portBusy(
  port: number,
  { details, holder }: { details?: string; holder?: string | undefined } = {},
): Problem {
  return new Problem("port.busy", `Port ${port} of the host is in use${holder ? ` by ${holder}` : ""}`, {
    hint: "Choose another host port (0 for any free port), or stop the program that uses it.",
    ...(details ? { details } : {}),
  });
}

/** In words: `redis-server (process 812)`. Undefined where it does not show, as with other users' processes. Never rejects. */
export async function findPortHolder(wanted: HostSide): Promise<string | undefined> {
  try {
    const pid = process.platform === "linux" ? await findInProc(wanted) : await askLsof(wanted);
    return pid === undefined ? undefined : await describe(pid);
  } catch {
    // No lsof, or it ends with 1 since it found nobody.
    return undefined;
  }
}

const tableOf = (name: string) => new SharedWork(() => readFile(`/proc/net/${name}`, "utf8").catch(() => ""));
const tablesOf = { tcp: [tableOf("tcp"), tableOf("tcp6")], udp: [tableOf("udp"), tableOf("udp6")] };

async function findInProc(wanted: HostSide): Promise<number | undefined> {
  const tables = await Promise.all(tablesOf[wanted.protocol].map((table) => table.run()));
  const inodes = new Set(tables.flatMap((table) => inodesAt(table, wanted)));
  if (inodes.size === 0) return undefined;
  const owners = await socketOwners.run();
  return [...inodes].map((inode) => owners.get(inode)).find((pid) => pid !== undefined);
}

/** Which process has which socket: a look at every file of every process, so it is shared. */
const socketOwners = new SharedWork(readSocketOwners);

async function readSocketOwners(): Promise<Map<string, number>> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const sockets = await Promise.all(
    pids.map(async (pid) => (await socketsOf(pid)).map((inode) => [inode, Number(pid)] as const)),
  );
  // Of several who share a socket the first.
  return new Map(sockets.flat().reverse());
}

/** State of a listening TCP socket, and of a UDP socket that is not connected (include/net/tcp_states.h). */
const HOLDING = { tcp: "0A", udp: "07" } as const;

/** The inodes of the sockets that hold the port, from a table of /proc/net. Exported for its test. */
export function inodesAt(table: string, { host, protocol, hostAddress }: HostSide): string[] {
  const suffix = `:${host.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .slice(1)
    .filter((line) => line.includes(suffix))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === HOLDING[protocol])
    .filter(([, local = ""]) => isInTheWay(local.slice(0, -suffix.length), hostAddress))
    .flatMap((fields) => fields[9] ?? []);
}

/** Whether a socket at this address, as the tables write it, keeps others from that one; any address is all of them. */
function isInTheWay(local: string, wanted: string): boolean {
  const word = tableWord(wanted);
  return /^0+$/.test(local) || /^0+$/.test(word) || local.endsWith(word);
}

/**
 * An IPv4 address as the tables of /proc/net write it: a word of 32 bits in the processor's order (x86-64 and ARM: the
 * last byte first). IPv4 in IPv6 is the last word.
 */
export function tableWord(address: string): string {
  return address
    .split(".")
    .reverse()
    .map((part) => Number(part).toString(16).toUpperCase().padStart(2, "0"))
    .join("");
}

/** The inodes of the sockets that a process has open; none where that may not be read. */
export async function socketsOf(pid: string): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const fds = await readdir(folder).catch(() => []);
  const targets = await Promise.all(fds.map((fd) => readlink(`${folder}/${fd}`).catch(() => "")));
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}

async function askLsof({ protocol, host }: HostSide): Promise<number | undefined> {
  const state = protocol === "tcp" ? ["-sTCP:LISTEN"] : [];
  const { stdout } = await ask("lsof", ["-nP", "-Fp", `-i${protocol.toUpperCase()}:${host}`, ...state]);
  return parseLsof(stdout);
}

/** The first process of `lsof -Fp`. Exported for its test. */
export function parseLsof(text: string): number | undefined {
  const pid = /^p(\d+)$/m.exec(text)?.[1];
  return pid === undefined ? undefined : Number(pid);
}

async function describe(pid: number): Promise<string> {
  const words =
    process.platform === "linux"
      ? (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0")
      : (await ask("ps", ["-p", String(pid), "-ww", "-o", "command="])).stdout.trim().split(" ");
  return nameHolder(pid, words);
}

/** A program by its file's name; a QEMU that has a name by that. Exported for its test. */
export function nameHolder(pid: number, words: readonly string[]): string {
  const program = words[0]?.split("/").at(-1) || "another program";
  const at = words.indexOf("-name");
  const machine = program.startsWith("qemu-system-") && at > 0 ? words[at + 1] : undefined;
  return machine ? `the instance ${machine} (process ${pid})` : `${program} (process ${pid})`;
}

function ask(program: string, words: string[]): Promise<{ stdout: string }> {
  return promisify(execFile)(program, words, { timeout: ASK_TIMEOUT_MS, maxBuffer: 1 << 20 });
}
