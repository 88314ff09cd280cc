/**
 * The process at the other end of a loopback connection, as far as Linux tells: whose it is, and whether it is an emulator
 * that connects for its guest. QEMU's user network, and so a private network's way out, connects from 127.0.0.1 like
 * any program.
 *
 * A look costs a read of the socket table (some milliseconds, in which nothing else waits) and of the command line of
 * each process (some microseconds each); only the open files of emulators are looked through. It is made once a
 * connection, when its first request comes: silent connections cost nothing. Looks at the same time share both.
 */

import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { socketsOf, tableWord } from "../../engine/hypervisors/port-holder.ts";
import { SharedWork } from "../../engine/lib/shared-work.ts";

export interface Peer {
  /** Undefined where the system does not tell. */
  uid: number | undefined;
  /** An emulator or a network helper of one, of any Unideck or of none. */
  isEmulator: boolean;
  /** It has closed its end, so that it can no longer be told. */
  isGone: boolean;
}

const unknown: Peer = { uid: undefined, isEmulator: false, isGone: false };

interface End {
  address: string;
  port: number;
}

export interface SocketEntry {
  uid: number;
  /** "0" where no process has it open any more. */
  inode: string;
}

/** The socket from `local` to `remote` in a table of `/proc/net` (tcp or tcp6). */
export function findSocket(table: string, local: End, remote: End): SocketEntry | undefined {
  const port = portWord(local);
  for (const line of table.split("\n")) {
    if (!line.includes(port)) continue;
    const [, from = "", to = "", , , , , uid, , inode] = line.trim().split(/\s+/);
    if (!isAt(from, local) || !isAt(to, remote) || uid === undefined || inode === undefined) continue;
    return { uid: Number(uid), inode };
  }
  return undefined;
}

function isAt(written: string, end: End): boolean {
  return written.endsWith(`${tableWord(end.address)}${portWord(end)}`);
}

const portWord = ({ port }: End) => `:${port.toString(16).toUpperCase().padStart(4, "0")}`;

/** Whether a command line is that of an emulator, or of a program that connects for one (passt, slirp4netns). */
export function isEmulator(words: readonly string[]): boolean {
  const program = words[0]?.split("/").at(-1) ?? "";
  return /qemu|^(kvm|passt|pasta|slirp4netns)\b/.test(program) || words.includes("-netdev") || words.includes("-nic");
}

export class PeerProcesses {
  readonly #peers = new WeakMap<Socket, Promise<Peer>>();
  /** A program may use an IPv6 socket for an IPv4 address; most do not. */
  readonly #tables = ["tcp", "tcp6"].map(
    (name) => new SharedWork(() => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  readonly #emulatorSockets = new SharedWork(
    async () => new Set((await Promise.all(listEmulators().map(socketsOf))).flat()),
  );

  /** Who is at the other end. Never rejects. */
  of(socket: Socket): Promise<Peer> {
    const known = this.#peers.get(socket);
    if (known) return known;
    const looking = this.#look(socket).catch(() => unknown);
    this.#peers.set(socket, looking);
    return looking;
  }

  async #look(socket: Socket): Promise<Peer> {
    if (process.platform !== "linux") return unknown;
    const { localAddress, localPort, remoteAddress, remotePort } = socket;
    if (!localAddress || !localPort || !remoteAddress || !remotePort) return { ...unknown, isGone: true };
    const here = { address: localAddress, port: localPort };
    const there = { address: remoteAddress, port: remotePort };
    let theirs: SocketEntry | undefined;
    let isOursThere = false;
    for (const shared of this.#tables) {
      const table = await shared.run();
      theirs = findSocket(table, there, here);
      isOursThere ||= findSocket(table, here, there) !== undefined;
      if (theirs) break;
    }
    // Where this end is not in the tables either, they say nothing.
    if (!theirs || theirs.inode === "0") return { ...unknown, isGone: socket.destroyed || isOursThere };
    const { uid, inode } = theirs;
    return { uid, isEmulator: (await this.#emulatorSockets.run()).has(inode), isGone: false };
  }
}

/** Read at once: handed to other threads file by file, this takes twenty times as long. */
function listEmulators(): string[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isEmulator(commandLineOf(name)));
}

function commandLineOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    return [];
  }
}
