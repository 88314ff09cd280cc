import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { correct, GuestClock } from "./guest-clock.ts";

let folder: string;
let server: Server;
let path: string;
/** How far the guest's date is behind, in microseconds. */
let behindUs: number;
let respond: (line: string) => string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "guest-clock-"));
  path = join(folder, "clock.sock");
  behindUs = 0;
  respond = (line) => {
    behindUs -= Number(line);
    return JSON.stringify({ dateUs: Date.now() * 1000 + 500 - behindUs, refused: false });
  };
  server = createServer((socket) => {
    socket.on("error", () => {});
    socket.setEncoding("utf8").on("data", (text: string) => {
      for (const line of text.split("\n").slice(0, -1)) {
        const answer = respond(line);
        if (answer !== undefined) socket.write(`${answer}\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
});

afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

test("a guest that is late, or early, is corrected by the difference", async () => {
  for (const wrong of [63_000_000, -2_000_000]) {
    behindUs = wrong;

    const added = await correct(path);

    expect(Math.abs((added ?? 0) - wrong)).toBeLessThan(50_000);
    expect(Math.abs(behindUs)).toBeLessThan(50_000);
  }
});

test("a difference of a few milliseconds is left alone", async () => {
  behindUs = 5_000;

  expect(await correct(path)).toBe(0);
  expect(behindUs).toBe(5_000);
});

test("a guest that keeps a date of its own is left alone", async () => {
  respond = () => JSON.stringify({ dateUs: 1, refused: true });

  expect(await correct(path)).toBe(0);
});

test("an answer that is none, too long, or never comes ends the conversation", async () => {
  for (const answer of ["", "{}", '{"dateUs":-1,"refused":false}', "x".repeat(10_000), undefined]) {
    respond = () => answer;

    expect(await correct(path)).toBeUndefined();
  }
  expect(await correct(join(folder, "nobody.sock"))).toBeUndefined();
});

test("when the host's date moves against its other clock, the guest is asked", async () => {
  let date = 1_000_000;
  const asked = vi.fn();
  respond = (line) => {
    asked(line);
    return undefined;
  };
  const clock = new GuestClock(path, () => {}, { date: () => date, monotonic: () => 0 });
  clock.start();

  date += 3_600_000;

  await vi.waitFor(() => expect(asked).toHaveBeenCalled(), 10_000);
  clock.stop();
});
