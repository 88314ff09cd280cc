/**
 * A member of a private network that has Linux's own stack: run in a network namespace of its own, with a TAP that QEMU
 * connects to the member's socket. `node linux-peer.testing.ts SOCKET MAC ADDRESS/BITS GATEWAY NAME-SERVER`; then one task
 * a line on standard input, one line of JSON back: `serve TEXT`, `fetch URL`.
 */

import { execFileSync, spawn } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { existsSync } from "node:fs";
import { createServer, get } from "node:http";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const [socket = "", mac = "", cidr = "", gateway = "", nameServer = ""] = process.argv.slice(2);
const ip = (...words: string[]) => execFileSync("ip", words, { stdio: ["ignore", "inherit", "inherit"] });

ip("link", "set", "lo", "up");
ip("tuntap", "add", "dev", "tap0", "mode", "tap");
ip("link", "set", "tap0", "address", mac);
const qemu = spawn(
  "qemu-system-x86_64",
  [
    ...["-M", "none", "-nodefaults", "-display", "none"],
    ...["-netdev", "tap,id=tap,ifname=tap0,script=no,downscript=no"],
    ...["-netdev", `stream,id=wire,server=on,addr.type=unix,addr.path=${socket}`],
    ...["-netdev", "hubport,id=a,hubid=0,netdev=tap", "-netdev", "hubport,id=b,hubid=0,netdev=wire"],
  ],
  { stdio: ["ignore", "inherit", "inherit"] },
);
process.once("exit", () => qemu.kill("SIGKILL"));
while (!existsSync(socket)) await sleep(20);
ip("link", "set", "tap0", "up");
ip("addr", "add", cidr, "dev", "tap0");
ip("route", "add", "default", "via", gateway);

const resolver = new Resolver({ timeout: 1000, tries: 10 });
resolver.setServers([nameServer]);

async function fetchPage(url: string): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  const [host = hostname] = /^[\d.]+$/.test(hostname) ? [hostname] : await resolver.resolve4(hostname);
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path: pathname, timeout: 20_000 }, (response) => {
      let text = "";
      response.on("data", (bytes) => {
        text += bytes;
      });
      response.on("end", () => resolve(`${host} ${text}`));
    });
    request.on("error", reject);
  });
}

async function work(line: string): Promise<unknown> {
  const [task, ...rest] = line.split(" ");
  if (task === "fetch") return fetchPage(rest[0] ?? "");
  const server = createServer((_, response) => response.end(rest.join(" ")));
  await new Promise<void>((resolve) => server.listen(80, resolve));
  return "serves";
}

for await (const line of createInterface({ input: process.stdin })) {
  const answer = await work(line).catch((error: unknown) => ({ error: String(error) }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);
