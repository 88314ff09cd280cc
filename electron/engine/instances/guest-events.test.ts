import { appendFile, mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GuestEvents } from "./guest-events.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-events-"));
  path = join(folder, "events.jsonl");
  await writeFile(path, "");
});
afterEach(() => rm(folder, { recursive: true }));

const event = (name: string, t: number, more = {}) => `${JSON.stringify({ event: name, t, ...more })}\n`;

test("milestones come in their order, each once", async () => {
  const events = new GuestEvents(path, 0);
  await appendFile(path, event("kernel", 10) + event("exec", 20) + event("kernel", 30));

  await events.read();

  expect(events.milestones).toEqual([
    { name: "kernel", atNs: 10 },
    { name: "exec", atNs: 20 },
  ]);
});

test("an event that comes in pieces is taken when it is whole", async () => {
  const events = new GuestEvents(path, 0);
  const line = event("first-write", 1_000_000);

  for (const character of line) {
    expect(events.milestones).toEqual([]);
    await appendFile(path, character);
    await events.read();
  }

  expect(events.milestones).toHaveLength(1);
});

test("moments are counted back from the last event, which was written when the file was", async () => {
  const events = new GuestEvents(path, 0);
  const before = Date.now();
  await appendFile(path, event("kernel", 1e9) + event("first-write", 2e9) + event("exit", 5e9, { code: 0 }));

  await events.read();

  const firstWrite = events.momentOf("first-write") ?? 0;
  expect(firstWrite).toBeGreaterThan(before - 3000 - 50);
  expect(firstWrite).toBeLessThan(Date.now() - 3000 + 50);
  expect(events.momentOf("listen")).toBeUndefined();
});

test("an event that was written late does not move what is known better", async () => {
  const events = new GuestEvents(path, 0);
  const write = async (line: string, atSeconds: number) => {
    await appendFile(path, line);
    await utimes(path, atSeconds, atSeconds);
    await events.read();
  };

  await write(event("kernel", 1e9), 1003);
  await write(event("first-write", 2e9), 1002);
  await write(event("exit", 3e9, { code: 0 }), 1009);

  expect(events.momentOf("first-write")).toBe(1_002_000);
});

test("the exit has code, signal and reason", async () => {
  const events = new GuestEvents(path, 0);
  await appendFile(path, event("exit", 5, { code: 139, signal: "SIGSEGV", reason: "read of address 0x8" }));

  await events.read();

  expect(events.exit).toEqual({ code: 139, signal: "SIGSEGV", reason: "read of address 0x8" });
});

test("events of a run before are not of this one", async () => {
  const old = event("exit", 5, { code: 1 });
  await appendFile(path, old);
  const events = new GuestEvents(path, old.length);
  await appendFile(path, event("kernel", 10));

  await events.read();

  expect([events.exit, events.milestones.map(({ name }) => name)]).toEqual([undefined, ["kernel"]]);
});

test.each([
  ["no JSON", "nonsense\n"],
  ["no object", "[1,2]\n"],
  ["a name with an escape sequence", event("\u001b[2J", 1)],
  ["a name that is too long", event("x".repeat(41), 1)],
  ["a negative time", event("kernel", -1)],
  ["a line that is too long", event("kernel", 1, { padding: "x".repeat(9000) })],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0, 0x0a])],
])("%s is passed over, and what follows is heard", async (_, noise) => {
  const events = new GuestEvents(path, 0);
  await appendFile(path, noise);
  await appendFile(path, event("exec", 7));

  await events.read();

  expect(events.milestones).toEqual([{ name: "exec", atNs: 7 }]);
});

test.each([{ code: 256 }, { code: -1 }, { code: "0" }, { code: 0, signal: "rm -rf" }, {}])(
  "an exit like %j is none",
  async (record) => {
    const events = new GuestEvents(path, 0);
    await appendFile(path, event("exit", 5, record));

    await events.read();

    expect(events.exit).toBeUndefined();
  },
);

test("what could not be read once is read the next time", async () => {
  const events = new GuestEvents(path, 0);
  await rm(path);
  await mkdir(path);
  await expect(events.read()).rejects.toThrow("is a folder");
  await rm(path, { recursive: true });
  await writeFile(path, event("kernel", 10) + event("exit", 20, { code: 4 }));

  expect(await events.read()).toBe(true);

  expect(events.exit?.code).toBe(4);
});

test("of a backlog that is too long the first milestones are known, and the exit", async () => {
  const events = new GuestEvents(path, 0);
  const many = Array.from({ length: 30_000 }, (_, i) =>
    event("address", i, { interface: "en1", address: "10.0.2.15" }),
  );
  await appendFile(path, event("kernel", 10) + event("exec", 20) + many.join("") + event("exit", 50_000, { code: 3 }));

  await events.read();

  expect(events.milestones.map(({ name }) => name)).toEqual(["kernel", "exec", "address", "exit"]);
  expect(events.exit?.code).toBe(3);
});

test("a guest that floods the port is bounded, and its exit still heard", async () => {
  const events = new GuestEvents(path, 0);
  const flood = Array.from({ length: 200_000 }, (_, i) => event(`n${i}`, i)).join("");
  await appendFile(path, flood + event("exit", 5, { code: 3 }));

  await events.read();

  expect(events.milestones).toHaveLength(64);
  expect(events.exit?.code).toBe(3);
});

test("who listens is told once each, and the latest address of each interface", async () => {
  const events = new GuestEvents(path, 0);
  const listen = event("listen", 9, { protocol: "tcp", port: 80 });
  const address = (name: string, text: string) => event("address", 5, { interface: name, address: text });
  await appendFile(path, address("en1", "10.0.2.15") + address("en2", "10.77.0.2") + address("en1", "10.0.2.16"));
  await appendFile(path, listen + listen + event("listen", 9, { protocol: "udp", port: 53 }));

  await events.read();

  expect(events.listening).toEqual([
    { protocol: "tcp", port: 80 },
    { protocol: "udp", port: 53 },
  ]);
  expect(events.addresses).toEqual([
    { interface: "en1", address: "10.0.2.16" },
    { interface: "en2", address: "10.77.0.2" },
  ]);
});

test("who listens on the guest's loopback interface alone is told as such, until somebody listens for all", async () => {
  const events = new GuestEvents(path, 0);
  const listen = (port: number, address: string) => event("listen", 9, { protocol: "tcp", address, port });
  await appendFile(path, listen(80, "127.0.0.1") + listen(81, "127.0.0.1") + listen(81, "0.0.0.0"));
  await appendFile(path, listen(82, "0.0.0.0") + listen(82, "127.0.0.1"));

  await events.read();

  expect(events.listening.map(({ port, loopback = false }) => [port, loopback])).toEqual([
    [80, true],
    [81, false],
    [82, false],
  ]);
});

test.each([
  event("listen", 1, { protocol: "tcp", port: 70_000 }),
  event("listen", 1, { protocol: "sctp", port: 80 }),
  event("listen", 1, { protocol: "tcp", address: "somewhere", port: 80 }),
  event("address", 1, { interface: "en1", address: "\u001b[2J" }),
  event("address", 1, { interface: "../en1", address: "10.0.2.15" }),
])("what can't be is no listener and no address: %j", async (line) => {
  const events = new GuestEvents(path, 0);
  await appendFile(path, line);

  await events.read();

  expect([...events.listening, ...events.addresses]).toEqual([]);
});

test("a guest that claims to listen everywhere is bounded", async () => {
  const events = new GuestEvents(path, 0);
  const all = Array.from({ length: 5000 }, (_, i) => event("listen", i, { protocol: "tcp", port: i + 1 }));
  await appendFile(path, all.join(""));

  await events.read();

  expect(events.listening).toHaveLength(256);
});

test("remarks of the kernel are kept once each, safe to show, bounded, and are no milestones", async () => {
  const events = new GuestEvents(path, 0);
  const remark = (text: string) => event("remark", 1, { text });
  await appendFile(path, remark("one") + remark("one") + remark("\u001b[31mred\u202e") + remark("x".repeat(5000)));
  await appendFile(path, event("remark", 2, { text: 7 }));
  await appendFile(path, Array.from({ length: 500 }, (_, i) => remark(`many ${i}`)).join(""));

  await events.read();

  expect(events.remarks.slice(0, 4)).toEqual(["one", "\\x1b[31mred\\xe2\\x80\\xae", "x".repeat(500), "many 0"]);
  expect(events.remarks).toHaveLength(64);
  expect(events.milestones).toEqual([]);
});

test("the last word about the terminal holds, and is no milestone", async () => {
  const events = new GuestEvents(path, 0);
  await appendFile(path, event("terminal", 1, { raw: true }) + event("terminal", 2, { raw: "yes" }));
  await events.read();
  expect(events.rawTerminal).toBe(true);

  await appendFile(path, event("terminal", 3, { raw: false }));
  await events.read();

  expect(events.rawTerminal).toBe(false);
  expect(events.milestones).toEqual([]);
});
