import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server } from "node:net";
import { afterEach, expect, test } from "vitest";
import { answersHttp, watchForAnswers } from "./answers.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function forwardTo(server: Server, port = 0) {
  servers.push(server.listen(port, "127.0.0.1"));
  await once(server, "listening");
  const address = server.address();
  const host = typeof address === "object" && address ? address.port : 0;
  return { hostAddress: "127.0.0.1", host, guest: 80, protocol: "tcp" as const };
}

const never = new AbortController().signal;

test("an HTTP server answers", async () => {
  const forward = await forwardTo(createHttpServer((_, response) => response.end("hello")));

  expect(await answersHttp(forward, never)).toBe(true);
});

test("a port that accepts and closes, or speaks something else, does not answer", async () => {
  const closing = await forwardTo(createServer((socket) => socket.on("error", () => {}).destroy()));
  const other = await forwardTo(createServer((socket) => socket.on("error", () => {}).end("-ERR what?\r\n")));

  expect(await answersHttp(closing, never)).toBe(false);
  expect(await answersHttp(other, never)).toBe(false);
});

test("a server that comes up later is told when it answers, once", async () => {
  let isUp = false;
  const http = createHttpServer((_, response) => response.end());
  const forward = await forwardTo(
    createServer((socket) => {
      socket.on("error", () => {});
      if (isUp) http.emit("connection", socket);
      else socket.destroy();
    }),
  );
  const leave = new AbortController();

  const told = new Promise((resolve) => watchForAnswers([forward], resolve, leave.signal));
  isUp = true;

  expect(await told).toEqual({ protocol: "tcp", port: 80 });
  leave.abort();
});
