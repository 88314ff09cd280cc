/** Servers on Pith, reached from this machine: every answer is checked, byte by byte. */

import { expect, test } from "@playwright/test";
import { program } from "./support/programs.ts";
import { echoOfDatagram, hostPort, serveOnPith } from "./support/served.ts";
import { World } from "./support/world.ts";

let world: World;
test.beforeAll(async () => {
  world = await World.create();
  await world.serve();
});
test.afterAll(() => world[Symbol.asyncDispose]());

/** What the C server answers to /bytes/N. */
const pattern = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 7) & 0xff);

for (const machine of ["microvm", "q35"])
  test(`a C server on epoll answers on ${machine}: pages, long answers, long requests, datagrams`, async () => {
    await using server = await serveOnPith(world, program("server.c"), {
      udp: true,
      says: "serving",
      run: ["--machine", machine, "--memory", "64M"],
    });
    const body = pattern(3_000_001);
    const sum = body.reduce((all, byte) => all + byte, 0);

    // One after the other: QEMU's network lets one connection at a time wait to be taken, the next one tries again after 1 s.
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
    await fetch(`${server.url}/quit`).then((one) => one.text());
    expect(await server.ended).toBe(0);
  });
