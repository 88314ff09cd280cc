import { createSocket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { findPortHolder, inodesAt, nameHolder, parseLsof } from "./port-holder.ts";

test("who listens on a TCP port is found", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const host = typeof address === "object" && address ? address.port : 0;

  const holder = await findPortHolder({ protocol: "tcp", host });
  server.close();

  expect(holder).toMatch(new RegExp(`\\(process ${process.pid}\\)$`));
});

test("who holds a UDP port is found, and is not mistaken for one who holds the TCP port", async () => {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port: host }: AddressInfo = socket.address();

  const holders = await Promise.all([
    findPortHolder({ protocol: "udp", host }),
    findPortHolder({ protocol: "tcp", host }),
  ]);
  socket.close();

  expect(holders[0]).toContain(`(process ${process.pid})`);
  expect(holders[1] ?? "").not.toContain(`(process ${process.pid})`);
});

test("a connection from a port does not hold it: only sockets that listen count", () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1",
    "   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1",
    "   2: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4713 1",
    "   3: damaged",
  ].join("\n");

  expect(inodesAt(table, 8080, "tcp")).toEqual(["4711"]);
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
