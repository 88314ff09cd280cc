/** A server that runs on Pith, and clients that check what it answers. */

import { createSocket } from "node:dgram";
import { z } from "zod";
import { type World, waitForOutput } from "./world.ts";

export interface Served extends AsyncDisposable {
  name: string;
  /** On this machine. */
  port: number;
  url: string;
  /** Waits for its end, by itself or by SIGTERM. */
  ended: Promise<number | null>;
}

export interface ServedOptions {
  /** Arguments of `unideck run` besides. */
  run?: readonly string[];
  guestPort?: number;
  udp?: boolean;
  /** What it says once it serves; without it, it is asked until it answers. */
  says?: string;
  timeoutMs?: number;
}

const Listed = z.array(
  z.object({ name: z.string(), ports: z.array(z.object({ host: z.number(), protocol: z.string() })) }),
);

let count = 0;

/** Starts a program as a server; it ends when the scope does. */
export async function serveOnPith(world: World, program: string, options: ServedOptions = {}): Promise<Served> {
  const { guestPort = 8080, run = [], says, timeoutMs = 30_000 } = options;
  count += 1;
  const name = `served-${count}`;
  const ports = ["--port", `0:${guestPort}`, ...(options.udp ? ["--port", `0:${guestPort}/udp`] : [])];
  const child = world.spawn(["run", program, "--rm", "--name", name, ...ports, ...run]);
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  // A server that says much, a line for each request, waits for its reader.
  child.stdout.resume();
  const early = ended.then((code) => {
    throw new Error(`${name} ended with ${code}: ${complaint}`);
  });
  early.catch(() => undefined);
  if (says) await Promise.race([waitForOutput(child, says, timeoutMs), early]);
  const port = await Promise.race([hostPort(world, name, "tcp"), early]);
  const url = `http://127.0.0.1:${port}`;
  if (!says) await Promise.race([answers(url, timeoutMs), early]);
  return {
    name,
    port,
    url,
    ended,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** What long answers are made of. */
export const pattern = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7) & 0xff);

/** The port of the host that was chosen for it. */
export async function hostPort(world: World, name: string, protocol: string): Promise<number> {
  for (;;) {
    const instance = Listed.parse(await world.unideckJson(["ps", "--all"])).find((one) => one.name === name);
    const port = instance?.ports.find((one) => one.protocol === protocol)?.host;
    if (port) return port;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Waits until something answers: a connection alone says nothing, since QEMU accepts it even if nobody listens. */
async function answers(url: string, timeoutMs: number): Promise<void> {
  const limit = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await response?.arrayBuffer();
    if (response) return;
    limit.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Sends a datagram until its echo comes: they may be lost. */
export async function echoOfDatagram(port: number, message: Uint8Array, timeoutMs = 10_000): Promise<Buffer> {
  const socket = createSocket("udp4");
  let timer: NodeJS.Timeout | undefined;
  try {
    const echo = new Promise<Buffer>((resolve, reject) => {
      socket.once("message", resolve);
      AbortSignal.timeout(timeoutMs).addEventListener("abort", () => reject(new Error("no echo came")));
    });
    socket.send(message, port, "127.0.0.1");
    timer = setInterval(() => socket.send(message, port, "127.0.0.1"), 500);
    return await echo;
  } finally {
    clearInterval(timer);
    socket.close();
  }
}
