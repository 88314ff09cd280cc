/** Servers on Pith under load: every answer is compared, and the guest's memory is looked at. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { askGuest } from "../../electron/engine/instances/guest-stats.ts";
import { goProgram, program } from "./programs.ts";
import { findPython } from "./python.ts";
import { pattern, type Served, serveOnPith } from "./served.ts";
import type { World } from "./world.ts";
import { type WrkOutcome, wrk } from "./wrk.ts";

export interface LoadedServer {
  serve: (world: World) => Promise<Served>;
  /** What is asked for, and the body of every answer. */
  path: string;
  body: string;
  /** Memory that its own heap, and its code where it is read or compiled when it is first used, may still take after that. */
  growsKiB: number;
}

const CONNECTIONS = 32;

export const loadedServers = {
  "C, epoll": {
    serve: (world) => serveOnPith(world, program("server.c"), { udp: true, run: ["--memory", "128M"] }),
    path: "/",
    body: "served by pith\n",
    growsKiB: 512,
  },
  "Go, net/http": {
    serve: (world) => serveOnPith(world, goProgram(world, "server"), { run: ["--memory", "128M"] }),
    path: "/",
    body: "served by go\n",
    growsKiB: 16384,
  },
  nginx: { serve: serveNginx, path: "/short", body: "served by nginx\n", growsKiB: 512 },
  "Node, http": { serve: serveNode, path: "/", body: "served by node\n", growsKiB: 24576 },
  "Python, http.server": { serve: servePython, path: "/srv/short", body: "served by python\n", growsKiB: 4096 },
} satisfies Record<string, LoadedServer>;

/** nginx as one process, which needs no other, with a short page and a long one. */
async function serveNginx(world: World): Promise<Served> {
  const folder = world.path("nginx");
  await mkdir(join(folder, "html"), { recursive: true });
  await writeFile(join(folder, "html", "short"), "served by nginx\n");
  await writeFile(join(folder, "html", "page"), pattern(300_000));
  await writeFile(
    join(folder, "nginx.conf"),
    `daemon off; master_process off; user root; pid /tmp/pid; error_log stderr;
    events {}
    http {
      access_log off; client_body_temp_path /tmp/a; proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d;
      scgi_temp_path /tmp/e; sendfile on; tcp_nopush on; keepalive_requests 1000000000;
      server { listen 8080; root /srv/html; }
    }`,
  );
  // Whose processes it would start has to be known, though it starts none.
  await writeFile(join(folder, "group"), "root:x:0:\n");
  const args = ["-c", "/srv/nginx.conf", "-p", "/tmp", "-e", "stderr"].map((one) => `--arg=${one}`);
  return serveOnPith(world, "/usr/sbin/nginx", {
    run: ["--memory", "128M", "--dir", `${folder}:/srv`, "--file", `${folder}/group:/etc/group`, ...args],
  });
}

/** Node with a server that echoes what it is sent. */
async function serveNode(world: World): Promise<Served> {
  const script = world.path("server.cjs");
  await writeFile(
    script,
    `require("node:http").createServer((request, response) => {
      if (request.method === "POST") request.pipe(response);
      else response.end("served by node\\n");
    }).listen(8080);`,
  );
  return serveOnPith(world, process.execPath, {
    // With little room for what is young its memory is flat soon.
    run: [
      ...["--memory", "512M", "--file", `${script}:/server.cjs`],
      ...["--max-semi-space-size=1", "/server.cjs"].map((one) => `--arg=${one}`),
    ],
    timeoutMs: 60_000,
  });
}

/** Python's own server of files, a thread for each connection. */
async function servePython(world: World): Promise<Served> {
  const { python, library } = findPython();
  const folder = world.path("python");
  await mkdir(folder);
  await writeFile(join(folder, "short"), "served by python\n");
  await writeFile(join(folder, "page"), pattern(300_000));
  // As `python -m http.server` does it, with connections that stay.
  const script = `
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
SimpleHTTPRequestHandler.protocol_version = "HTTP/1.1"
ThreadingHTTPServer(("", 8080), SimpleHTTPRequestHandler).serve_forever()
`;
  await writeFile(join(folder, "serve.py"), script);
  return serveOnPith(world, python, {
    run: [
      ...["--memory", "256M", "--dir", `${library}:${library}`, "--dir", `${folder}:/srv`],
      ...["-I", "/srv/serve.py"].map((one) => `--arg=${one}`),
    ],
    timeoutMs: 60_000,
  });
}

/** wrk with 32 connections for so long, after a sixth of that which does not count: a server makes itself at home meanwhile. */
export async function load(world: World, served: Served, server: LoadedServer, seconds: number) {
  const url = `${served.url}${server.path}`;
  const options = { connections: CONNECTIONS, body: server.body };
  await wrk(world, url, { ...options, seconds: Math.max(1, Math.round(seconds / 6)) });
  const before = await freeBytes(world, served.name);
  const outcome: WrkOutcome = await wrk(world, url, { ...options, seconds });
  /** How much less memory is free afterwards. */
  const lostKiB = Math.round((before - (await freeBytes(world, served.name))) / 1024);
  return { ...outcome, lostKiB };
}

const Listed = z.array(z.object({ id: z.string(), name: z.string() }));

/** What is free in the guest, once the connections that the load has left behind are gone. */
async function freeBytes(world: World, name: string): Promise<number> {
  const id = Listed.parse(await world.unideckJson(["ps", "--all"])).find((one) => one.name === name)?.id;
  if (!id) throw new Error(`there is no instance ${name}`);
  for (let free = 0; ; ) {
    await sleep(200);
    const stats = await askGuest(world.path(".unideck", "instances", id, "stats.sock"));
    if (stats && stats.memory.freeBytes <= free) return free;
    free = stats?.memory.freeBytes ?? free;
  }
}
