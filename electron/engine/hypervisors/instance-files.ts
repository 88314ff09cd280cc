/** An instance's folder: what lies in it, and where its sockets are. */

import { chmod, lstat, mkdir, rm, stat } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Problem } from "../../../shared/problem.ts";
import { randomBytes } from "../lib/crypto.ts";
import { type Pipes, pipesIn } from "./pipes.ts";

/** Paths of one instance. All but the sockets are in its folder. */
export interface InstanceFiles {
  folder: string;
  /** What is known about the instance (record.ts). */
  record: string;
  /** Its own copy of the image. */
  disk: string;
  /** The serial port's output over all runs, appended to by the keeper. */
  serialLog: string;
  /** The virtio console's output, likewise. */
  virtioLog: string;
  /** How the two are one stream, and where each run begins (console-index.ts). */
  consoleIndex: string;
  /** When which bytes of it came (console-times.ts). */
  consoleTimes: string;
  /** The guest's events port, appended to by the keeper (guest-events.ts). */
  events: string;
  /** The trace port of the latest run, where it was traced. */
  trace: string;
  /** What QEMU writes serial port, console, events and trace to (hypervisors/pipes.ts). */
  pipes: Pipes;
  /** The captured packets: a file for each card, written by the keeper. */
  captures: string;
  /** What QEMU itself said. */
  qemuLog: string;
  /** What the engine said (instance-log.ts). */
  engineLog: string;
  pidFile: string;
  /** Where its sockets are. */
  socketFolder: string;
  qmpSocket: string;
  serialSocket: string;
  virtioSocket: string;
  /** Where the guest is asked what it has used (guest-stats.ts). */
  statsSocket: string;
  /** Where the guest's date is asked for and corrected (guest-clock.ts). */
  clockSocket: string;
  /** Where piped standard input goes in (piped-input.ts). */
  stdinSocket: string;
}

export function instanceFiles(folder: string, socketFolder: string): InstanceFiles {
  return {
    folder,
    record: join(folder, "instance.json"),
    disk: join(folder, "disk.raw"),
    serialLog: join(folder, "serial.log"),
    virtioLog: join(folder, "console.log"),
    consoleIndex: join(folder, "console.index"),
    consoleTimes: join(folder, "console.times"),
    events: join(folder, "events.jsonl"),
    trace: join(folder, "trace.log"),
    pipes: pipesIn(folder),
    captures: join(folder, "captures"),
    qemuLog: join(folder, "qemu.log"),
    engineLog: join(folder, "engine.log"),
    pidFile: join(folder, "qemu.pid"),
    socketFolder,
    qmpSocket: join(socketFolder, "qmp.sock"),
    serialSocket: join(socketFolder, "serial.sock"),
    virtioSocket: join(socketFolder, "console.sock"),
    statsSocket: join(socketFolder, "stats.sock"),
    clockSocket: join(socketFolder, "clock.sock"),
    stdinSocket: join(socketFolder, "stdin.sock"),
  };
}

/** Where a card's packets are captured: pcap. */
export function captureFile({ captures }: Pick<InstanceFiles, "captures">, card: string): string {
  return join(captures, `${card}.pcap`);
}

/** Is there where a capture has reached its limit: what came after that is not in it. */
export function captureFullMarker({ captures }: Pick<InstanceFiles, "captures">, card: string): string {
  return join(captures, `${card}.full`);
}

/** `sun_path` has 104 bytes on macOS, 108 on Linux; below 100 is safe everywhere. */
const MAX_SOCKET_PATH_BYTES = 99;
const longestSocketName = "/console.sock";

/**
 * Where an instance's sockets go: its own folder, or, where that is too deep for a socket's path, a folder of the user's
 * own in the runtime directory.
 */
export function socketFolderFor(
  folder: string,
  id: string,
  environment: NodeJS.ProcessEnv = process.env,
  temporary: string = tmpdir(),
): string {
  const fits = (path: string) => Buffer.byteLength(path + longestSocketName) <= MAX_SOCKET_PATH_BYTES;
  if (fits(folder)) return folder;
  const runtime = environment.XDG_RUNTIME_DIR;
  const candidates = [...(runtime ? [join(runtime, "unideck", id)] : []), join(temporary, privateName(), id)];
  const found = [...candidates, join("/tmp", privateName(), id)].find(fits);
  if (!found)
    throw new Problem(
      "disk.write-failed",
      `${folder} is too long a path for sockets, and there is no alternative folder`,
    );
  return found;
}

function privateName(): string {
  return `unideck-${userInfo().uid}`;
}

/**
 * Makes a socket folder that nobody else can reach. A folder in /tmp that somebody else has made in our name is refused.
 * Throws disk.write-failed.
 */
export async function makeSocketFolder(socketFolder: string, instanceFolder: string): Promise<void> {
  if (socketFolder === instanceFolder) return;
  const parent = join(socketFolder, "..");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  const facts = await lstat(parent);
  if (!facts.isDirectory() || facts.uid !== userInfo().uid) {
    throw new Problem("disk.write-failed", `${parent} belongs to another user`, {
      hint: "Set XDG_RUNTIME_DIR to a folder of your own, or move Unideck's home to a shorter path.",
    });
  }
  await chmod(parent, 0o700);
  await mkdir(socketFolder, { recursive: true, mode: 0o700 });
}

/** Of an instance that came to nothing. */
export async function removeFolders({ folder, socketFolder }: InstanceFiles): Promise<void> {
  for (const one of [folder, socketFolder]) await rm(one, { recursive: true, force: true });
}

/** When a machine last wrote to its files, in milliseconds since 1970; 0 where there are none. */
export async function lastWrite({ serialLog, virtioLog, events, qemuLog, disk }: InstanceFiles): Promise<number> {
  const moments = [serialLog, virtioLog, events, qemuLog, disk].map((path) =>
    stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    ),
  );
  return Math.max(...(await Promise.all(moments)));
}

/** Short, so that socket paths stay short too. */
export function newInstanceId(): string {
  return randomBytes(5).toString("hex");
}

export async function sizeOfFile(path: string): Promise<number> {
  return (await stat(path)).size;
}
