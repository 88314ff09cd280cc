import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { QmpClient, QmpError } from "./qmp.ts";

let folder: string;
let path: string;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-qmp-"));
  path = join(folder, "qmp.sock");
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await rm(folder, { recursive: true });
});

describe("with a real QEMU", () => {
  async function startPaused(): Promise<ChildProcess> {
    const words = ["-M", "none", "-S", "-nodefaults", "-display", "none", "-qmp", `unix:${path},server=on,wait=off`];
    const qemu = spawn("qemu-system-x86_64", words, { stdio: "ignore" });
    closers.push(() => qemu.kill("SIGKILL"));
    await expect
      .poll(() => QmpClient.connect(path).then((client) => client.close()), { timeout: 10_000 })
      .toBeUndefined();
    return qemu;
  }

  test("commands are answered, refusals are errors, and events arrive", async () => {
    await startPaused();
    const names: string[] = [];
    const client = await QmpClient.connect(path, { onEvent: ({ name }) => names.push(name) });

    expect(await client.execute("query-status")).toMatchObject({ running: false });
    await expect(client.execute("no-such-command")).rejects.toThrow(/no-such-command/);
    await client.execute("cont");
    await client.execute("stop");

    expect(names).toEqual(["RESUME", "STOP"]);
    client.close();
  });

  test("quit ends it, and the connection with it", async () => {
    const qemu = await startPaused();
    const ended = once(qemu, "exit");
    const client = await QmpClient.connect(path);

    await client.execute("quit").catch(() => {});

    await client.closed;
    expect(await ended).toEqual([0, null]);
    await expect(client.execute("query-status")).rejects.toThrow(QmpError);
  });
});

describe("with a peer that is not QEMU", () => {
  async function serve(talk: (socket: Socket) => void): Promise<Server> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      talk(socket);
    }).listen(path);
    closers.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await once(server, "listening");
    return server;
  }
  const greet = '{"QMP":{}}\n';

  test("one that says nothing is given up", async () => {
    await serve(() => {});

    await expect(QmpClient.connect(path, { timeoutMs: 50 })).rejects.toThrow("QEMU does not answer");
  });

  test("one that never ends its line is cut off", async () => {
    const endless = Buffer.alloc(1 << 16, "x");
    await serve((socket) => {
      const more = (): void => {
        while (socket.writable && socket.write(endless));
      };
      socket.on("drain", more);
      more();
    });

    await expect(QmpClient.connect(path)).rejects.toThrow("closed the connection");
  });

  test("noise between messages is passed over", async () => {
    await serve((socket) => {
      socket.write(`nonsense\n[]\n{"event":7}\n${greet}`);
      socket.on("data", (bytes) => {
        const { id } = JSON.parse(String(bytes));
        socket.write(`{"id":99,"return":"stray"}\n{"id":${id},"return":"yes"}\n`);
      });
    });

    const client = await QmpClient.connect(path);

    expect(await client.execute("query-status")).toBe("yes");
    client.close();
  });

  test("an answer in pieces is put together", async () => {
    await serve((socket) => {
      socket.write(greet);
      socket.on("data", (bytes) => {
        const answer = `{"id":${JSON.parse(String(bytes)).id},"return":"whole"}\n`;
        for (const character of answer) socket.write(character);
      });
    });

    const client = await QmpClient.connect(path);

    expect(await client.execute("anything")).toBe("whole");
    client.close();
  });

  test("a command that is not answered fails, those after it do not", async () => {
    await serve((socket) => {
      socket.write(greet);
      socket.on("data", (bytes) => {
        const { id, execute } = JSON.parse(String(bytes));
        if (execute !== "hang") socket.write(`{"id":${id},"return":{}}\n`);
      });
    });
    const client = await QmpClient.connect(path);

    await expect(client.execute("hang", undefined, 30)).rejects.toThrow("within 30 ms");
    expect(await client.execute("other")).toEqual({});
    client.close();
  });
});
