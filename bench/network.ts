/**
 * What goes through Pith's network: requests, connections and bytes, in QEMU's user-mode network. Beside each rate, what part
 * it is of the same server's on Linux, asked through the loopback in the same run.
 *
 * wrk asks, as in the tests: on two cores it takes about a third of what the machine has, QEMU's network and the emulated
 * processor the rest. A client of our own would leave a little more to them, and its figures could be compared with nobody's.
 */

import { connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { goProgram, program } from "../e2e/support/programs.ts";
import { type ServedOptions, serveOnPith } from "../e2e/support/served.ts";
import { World } from "../e2e/support/world.ts";
import { type WrkOptions, type WrkOutcome, wrk } from "../e2e/support/wrk.ts";
import { type Figure, median, type Section } from "./figures.ts";

const ROUNDS = 3;
const SECONDS = 3;
const MANY = 32;
const BYTES = 50_000_000;
const LIMIT_MS = 60_000;
const guest: ServedOptions = { run: ["--memory", "128M"] };

export async function benchNetwork(): Promise<Section> {
  await using world = await World.create();
  await world.serve();
  const inC = program("server.c");
  const inGo = goProgram(world, "server");
  await using cOnPith = await serveOnPith(world, inC, guest);
  await using cOnLinux = await serveOnLinux(world, inC, (port) => String(port));
  const figures = [
    ...(await requests(world, "C on epoll", cOnPith, cOnLinux, 9000)),
    ...(await connections(world, cOnPith, cOnLinux)),
    ...(await transfers(cOnPith, cOnLinux)),
  ];
  await using goOnPith = await serveOnPith(world, inGo, guest);
  await using goOnLinux = await serveOnLinux(world, inGo, (port) => `127.0.0.1:${port}`);
  figures.push(...(await requests(world, "Go's net/http", goOnPith, goOnLinux, 2000)));
  return { title: `Network: microvm, QEMU's user-mode network, wrk (medians of ${ROUNDS})`, figures };
}

interface Server {
  url: string;
  port: number;
}

async function requests(world: World, who: string, pith: Server, linux: Server, goal: number): Promise<Figure[]> {
  const few = await rounds(() => ask(world, pith, { connections: 1, seconds: SECONDS }));
  const many = await rounds(() => ask(world, pith, { connections: MANY, seconds: SECONDS }));
  const onLinux = await rounds(async () => rateOf(await ask(world, linux, { connections: MANY, seconds: SECONDS })));
  return [
    ...ratesOf(`${who}, ${MANY} connections`, "requests/s", many.map(rateOf), onLinux, goal),
    ...latenciesOf(`${who}, ${MANY} connections`, many),
    ...latenciesOf(`${who}, 1 connection`, few),
  ];
}

/** A new connection for each request, one after the other. */
async function connections(world: World, pith: Server, linux: Server): Promise<Figure[]> {
  const options = { connections: 1, seconds: SECONDS, headers: ["Connection: close"] };
  const onPith = await rounds(async () => rateOf(await ask(world, pith, options)));
  const onLinux = await rounds(async () => rateOf(await ask(world, linux, options)));
  return ratesOf("C on epoll, a connection for each request", "requests/s", onPith, onLinux);
}

async function transfers(pith: Server, linux: Server): Promise<Figure[]> {
  const body = Buffer.alloc(BYTES, "x");
  const down = ({ port }: Server) => transfer(port, `GET /bytes/${BYTES}`, Buffer.alloc(0), BYTES);
  const up = ({ port }: Server) => transfer(port, "POST /sum", body, 0);
  return [
    ...ratesOf("50 MB from the guest", "MB/s", await rounds(() => down(pith)), await rounds(() => down(linux))),
    ...ratesOf("50 MB to the guest", "MB/s", await rounds(() => up(pith)), await rounds(() => up(linux))),
  ];
}

async function rounds<T>(measure: () => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  for (let round = 0; round < ROUNDS; round++) all.push(await measure());
  return all;
}

async function ask(world: World, { url }: Server, options: WrkOptions): Promise<WrkOutcome> {
  const outcome = await wrk(world, `${url}/`, options);
  const { connect: refused, read, write, status, timeout } = outcome.errors;
  if (refused + read + write + status + timeout > 0)
    throw new Error(`not all was answered: ${JSON.stringify(outcome)}`);
  return outcome;
}

const rateOf = ({ requests: count, seconds }: WrkOutcome) => count / seconds;

function ratesOf(name: string, unit: Figure["unit"], onPith: number[], onLinux: number[], goal?: number): Figure[] {
  const value = median(onPith);
  return [
    { name, unit, value, samples: onPith, ...(goal !== undefined && { goal }) },
    { name: "  of Linux's, through the loopback", unit: "%", value: (100 * value) / median(onLinux) },
  ];
}

function latenciesOf(name: string, outcomes: readonly WrkOutcome[]): Figure[] {
  const figure = (what: string, samples: number[]): Figure => ({
    name: `${name}: ${what}`,
    unit: "µs",
    value: median(samples),
    samples,
  });
  return [
    figure(
      "half within",
      outcomes.map((one) => one.p50Us),
    ),
    figure(
      "99 % within",
      outcomes.map((one) => one.p99Us),
    ),
  ];
}

/** Sends a request with its body, and takes an answer with at least so many bytes; megabytes a second. */
function transfer(port: number, request: string, body: Buffer, least: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let taken = 0;
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error("the transfer has stalled")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server has ended the transfer")));
    socket.on("data", ({ length }) => {
      taken += length;
      if (taken <= least) return;
      socket.destroy();
      resolve(Math.max(body.length, least) / 1000 / (performance.now() - startedAt));
    });
    socket.write(`${request} HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n`);
    socket.write(body);
  });
}

/** The same program on the host, on a port that nobody had. */
async function serveOnLinux(world: World, path: string, argument: (port: number) => string) {
  const port = await freePort();
  const child = world.spawnFile(path, [argument(port)]);
  const server = { port, url: `http://127.0.0.1:${port}` };
  while (!(await fetch(server.url).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`${path} ended with ${child.exitCode}`);
    await sleep(50);
  }
  return { ...server, [Symbol.asyncDispose]: async () => void child.kill() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
