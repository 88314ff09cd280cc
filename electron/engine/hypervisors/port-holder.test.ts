import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { expect, test, vi } from "vitest";
import { findPortHolder, inodesAt, nameHolder, parseLsof } from "./port-holder.ts";

// The real ones, which are counted.
vi.mock("node:fs/promises", { spy: true });

const here = { hostAddress: "127.0.0.1" };

test("who listens on a TCP port is found", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const host = typeof address === "object" && address ? address.port : 0;

  const holder = await findPortHolder({ ...here, protocol: "tcp", host });
  server.close();

  expect(holder).toMatch(new RegExp(`\\(process ${process.pid}\\)$`));
});

test("who holds a UDP port is found, and is not mistaken for one who holds the TCP port", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port: host }: AddressInfo = socket.address();

  const holders = await Promise.all([
    findPortHolder({ ...here, protocol: "udp", host }),
    findPortHolder({ ...here, protocol: "tcp", host }),
  ]);
  socket.close();

  expect(holders[0]).toContain(`(process ${process.pid})`);
  expect(holders[1] ?? "").not.toContain(`(process ${process.pid})`);
});

test("the holders of many ports are found by few looks at all processes", async () => {
  const servers = await Promise.all(
    Array.from({ length: 64 }, async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  vi.mocked(readdir).mockClear();

  const holders = await Promise.all(ports.map((host) => findPortHolder({ ...here, protocol: "tcp", host })));
  for (const server of servers) server.close();

  expect(holders.filter((holder) => !holder?.endsWith(`(process ${process.pid})`))).toEqual([]);
  const looks = vi.mocked(readdir).mock.calls.filter(([folder]) => folder === "/proc");
  expect(looks.length).toBeLessThan(process.platform === "linux" ? 16 : 1);
});

test("a connection from a port does not hold it: only sockets that listen count", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1",
    "   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1",
    "   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1",
    "   3: damaged",
  ].join("\n");

  expect(inodesAt(table, { ...here, protocol: "tcp", host: 8080 })).toEqual(["4711"]);
});

test("a program with the port at another address is not in the way", () => {
  const line = (local: string, inode: number) => `   0: ${local} 00000000:0000 0A 0:0 00:0 0 1000 0 ${inode} 1`;
  const mapped = "0000000000000000FFFF00000700000A:1F90";
  const table = ["head", line("0700000A:1F90", 1), line("00000000:1F90", 2), line("0100007F:1F90", 3), line(mapped, 4)];
  const at = (hostAddress: string) => inodesAt(table.join("\n"), { protocol: "tcp", host: 8080, hostAddress });

  expect(at("127.0.0.1")).toEqual(["2", "3"]);
  expect(at("10.0.0.7")).toEqual(["1", "2", "4"]);
  expect(at("0.0.0.0")).toEqual(["1", "2", "3", "4"]);
});

test("a machine is named as its instance, any other program by its file", () => {
  expect(nameHolder(7, ["/usr/bin/qemu-system-x86_64", "-name", "web-1", "-M", "q35"])).toBe(
    "the instance web-1 (process 7)",
  );
  expect(nameHolder(8, ["/usr/sbin/nginx", "-g", "daemon off;"])).toBe("nginx (process 8)");
  expect(nameHolder(9, [""])).toBe("another program (process 9)");
});

test("lsof's first process is taken", () => {
  expect(parseLsof("p812\nf6\np813\n")).toBe(812);
  expect(parseLsof("")).toBeUndefined();
});
