import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, it } from "vitest";
import { serveFiles } from "./file-server.testing.ts";
import { honourProxy } from "./proxy.ts";

/** A proxy that connects every name to `port` of the host. */
async function startProxy(port: number) {
  const asked: string[] = [];
  const proxy = createServer((_, response) => response.writeHead(400).end());
  proxy.on("connect", (request, client) => {
    asked.push(request.url ?? "");
    const upstream = connect(port, "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  return {
    asked,
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    [Symbol.dispose]: () => {
      proxy.closeAllConnections();
      proxy.close();
    },
  };
}

it("requests go through the proxy of the environment, those to this machine do not", async () => {
  await using server = await serveFiles({ "/latest.txt": { bytes: Buffer.from("0.1.54") } });
  using proxy = await startProxy(Number(new URL(server.address).port));
  const restore = honourProxy({ http_proxy: proxy.url });

  try {
    expect(await (await fetch("http://releases.invalid/latest.txt")).text()).toBe("0.1.54");
    expect(await (await fetch(`${server.address}latest.txt`)).text()).toBe("0.1.54");
    expect(proxy.asked).toEqual(["releases.invalid:80"]);
  } finally {
    restore();
  }
});

it("without a proxy in the environment nothing changes", () => {
  expect(() => honourProxy({})()).not.toThrow();
});
