/** Servers on Pith, reached from the host: every answer is checked, byte by byte. */

import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { echoOfDatagram, hostPort, pattern, type Served, serveOnPith } from "./support/served.ts";
import { type LoadedServer, load, loadedServers } from "./support/server-load.ts";
import { World } from "./support/world.ts";
import { noErrors } from "./support/wrk.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

test.describe("servers on microvm", () => {
  let c: Served;
  let go: Served;
  let nginx: Served;
  let node: Served;
  let python: Served;
  test.beforeAll(async () => {
    // Nothing of net/http may be compiled yet.
    test.setTimeout(180_000);
    [c, go, nginx, node, python] = await Promise.all([
      loadedServers["C, epoll"].serve(world),
      loadedServers["Go, net/http"].serve(world),
      loadedServers.nginx.serve(world),
      loadedServers["Node, http"].serve(world),
      loadedServers["Python, http.server"].serve(world),
    ]);
  });
  test.afterAll(() => Promise.all([c, go, nginx, node, python].map((one) => one[Symbol.asyncDispose]())));

  test("C on epoll answers: pages, long answers, long requests, datagrams", () => checkServerInC(c));

  test("a thousand connections are open at once, and each is answered again", async () => {
    const sockets: Socket[] = [];
    try {
      const lane = async () => {
        for (let i = 0; i < 500; i += 1) {
          const socket = connect(c.port, "127.0.0.1");
          sockets.push(socket);
          await askOn(socket);
        }
      };
      // Two may wait to be taken by QEMU's network; more would be tried again a second later.
      await Promise.all([lane(), lane()]);

      const answers = await Promise.all(sockets.map(askOn));

      expect(new Set(answers)).toEqual(new Set(["served by pith\n"]));
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test("Go's net/http serves, echoes, and knows the interfaces", async () => {
    const body = pattern(1_000_000);

    const page = await fetch(go.url).then((one) => one.text());
    const echo = await fetch(`${go.url}/echo`, { method: "POST", body }).then((one) => one.arrayBuffer());
    const interfaces = await fetch(`${go.url}/interfaces`).then((one) => one.text());

    expect(page).toBe("served by go\n");
    expect(Buffer.from(echo).equals(body)).toBe(true);
    expect(interfaces).toBe("lo 16384 [127.0.0.1/8] <nil>\nen1 1500 [10.0.2.15/24] <nil>\n");
  });

  test("nginx serves files", async () => {
    const bytes = await fetch(`${nginx.url}/page`).then((one) => one.arrayBuffer());
    const part = await fetch(`${nginx.url}/page`, { headers: { Range: "bytes=100-199" } });

    expect(Buffer.from(bytes).equals(pattern(300_000))).toBe(true);
    expect([part.status, Buffer.from(await part.arrayBuffer()).equals(pattern(300_000).subarray(100, 200))]).toEqual([
      206,
      true,
    ]);
  });

  test("Node's http echoes", async () => {
    const body = pattern(1_000_000);

    const echo = await fetch(node.url, { method: "POST", body }).then((one) => one.arrayBuffer());

    expect(Buffer.from(echo).equals(body)).toBe(true);
  });

  test("Python's http.server serves files", async () => {
    const bytes = await fetch(`${python.url}/srv/page`).then((one) => one.arrayBuffer());
    const missing = await fetch(`${python.url}/srv/nothing`);

    expect(Buffer.from(bytes).equals(pattern(300_000))).toBe(true);
    expect(missing.status).toBe(404);
  });

  test("they answer as fast as they are asked, all at once: every answer is right, and memory stays flat", async () => {
    test.setTimeout(120_000);
    const servers: [Served, LoadedServer][] = [
      [c, loadedServers["C, epoll"]],
      [go, loadedServers["Go, net/http"]],
      [nginx, loadedServers.nginx],
      [node, loadedServers["Node, http"]],
      [python, loadedServers["Python, http.server"]],
    ];

    const outcomes = await Promise.all(
      servers.map(async ([served, server]) => ({ server, ...(await load(world, served, server, 5)) })),
    );

    for (const { server, requests, lostKiB, ...outcome } of outcomes) {
      expect({ ...outcome, body: server.body }).toMatchObject({ ...noErrors, body: server.body });
      expect(requests).toBeGreaterThan(0);
      expect(lostKiB).toBeLessThan(server.growsKiB);
    }
  });
});

test("C on epoll answers on q35, and ends when it is told to", async () => {
  await using server = await serveOnPith(world, program("server.c"), {
    udp: true,
    says: "serving",
    run: ["--machine", "q35", "--memory", "64M"],
  });

  await checkServerInC(server);

  await fetch(`${server.url}/quit`).then((one) => one.text());
  expect(await server.ended).toBe(0);
});

/** Asks for the page on a connection that stays; the answer's body. */
function askOn(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const take = (bytes: Buffer) => {
      text += bytes.toString("latin1");
      const [head = "", body] = text.split("\r\n\r\n");
      if (body?.length !== Number(head.match(/content-length: (\d+)/i)?.[1])) return;
      socket.off("data", take);
      resolve(body);
    };
    socket.once("error", reject).once("close", () => reject(new Error("it was closed")));
    socket.on("data", take);
    socket.write("GET / HTTP/1.1\r\n\r\n");
  });
}

async function checkServerInC(server: Served): Promise<void> {
  const body = pattern(3_000_001);
  const sum = body.reduce((all, byte) => all + byte, 0);

  // One after the other: of those that come at once, QEMU's network lets only two wait to be taken.
  const pages = [];
  for (let i = 0; i < 20; i += 1) pages.push(await fetch(server.url).then((one) => one.text()));
  const long = await fetch(`${server.url}/bytes/5000000`).then((one) => one.arrayBuffer());
  const answer = await fetch(`${server.url}/sum`, { method: "POST", body }).then((one) => one.text());
  const missing = await fetch(`${server.url}/nothing`);
  const datagram = await echoOfDatagram(await hostPort(world, server.name, "udp"), pattern(1200));

  expect(new Set(pages)).toEqual(new Set(["served by pith\n"]));
  expect(Buffer.from(long).equals(pattern(5_000_000))).toBe(true);
  expect(answer).toBe(`${sum}\n`);
  expect(missing.status).toBe(404);
  expect(datagram.equals(pattern(1200))).toBe(true);
  // It has said so on its events port, which is how the engine knows that both ports are served.
  const { stdout } = await world.unideck(["ports", "ls", server.name]);
  expect(stdout.match(/\b(tcp|udp)\b.*\bready\b/g)).toHaveLength(2);
}

test("a program on Pith fetches fifty megabytes from the host, and has a thousand connections at the same time", async () => {
  await using host = await serveHere();
  const where = ["10.0.2.2", String(host.port)];
  const run = async (args: readonly string[]) => {
    const { code, stdout } = await world.unideck(
      [
        "run",
        program("client.c"),
        "--rm",
        "--network",
        "user",
        "--memory",
        "128M",
        ...args.map((one) => `--arg=${one}`),
      ],
      { timeoutMs: 55_000 },
    );
    return { code, said: stdout.split("\n").filter((line) => line.includes("came whole")) };
  };

  expect(await run([...where, "/bytes/50000000", "50000000"])).toEqual({ code: 0, said: ["1 of 1 came whole"] });
  expect(await run([...where, "/bytes/3000", "3000", "1000"])).toEqual({ code: 0, said: ["1000 of 1000 came whole"] });
  expect(host.mostAtOnce()).toBe(1000);
});

/** A server on the host that answers only when it has as many connections as it was asked to have at once. */
async function serveHere() {
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    const length = Number(request.url?.match(/^\/bytes\/(\d+)$/)?.[1] ?? 0);
    response.setHeader("Content-Length", length);
    response.end(pattern(length));
  });
  server.on("connection", (socket) => {
    most = Math.max(most, ++open);
    socket.once("close", () => (open -= 1));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 1024, resolve));
  // What listens on a port has an address with one.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    mostAtOnce: () => most,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

test("Redis answers its own benchmark: set, get, and in pipelines", async () => {
  await using server = await serveOnPith(world, "/usr/bin/redis-server", {
    says: "Ready to accept connections",
    run: [
      "--memory",
      "256M",
      ...["--port", "8080", "--save", "", "--protected-mode", "no"].map((one) => `--arg=${one}`),
    ],
  });
  const benchmark = async (...args: string[]) => {
    const { code, stdout } = await world.runFile("redis-benchmark", [
      ...["-p", String(server.port), "-q", "-c", "4"],
      ...args,
    ]);
    return { code, tests: stdout.match(/^.*?(SET|GET): [\d.]+ requests per second/gm)?.length };
  };

  expect(await benchmark("-n", "500", "-t", "set,get")).toEqual({ code: 0, tests: 2 });
  expect(await benchmark("-n", "2000", "-P", "16", "-t", "set,get")).toEqual({ code: 0, tests: 2 });
});
