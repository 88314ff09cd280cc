import { createORPCClient } from "@orpc/client";
import { expect, test } from "vitest";
import { z } from "zod";
import type { EngineEvent } from "../../shared/contract/events.ts";
import type { UnideckClient } from "../../shared/contract/index.ts";
import type { ConsoleChunk, Instance } from "../../shared/contract/instances.ts";
import { toBuffer } from "../engine/lib/to-buffer.ts";
import { watchToEnd } from "./watch-instance.ts";

const instance = (state: Instance["state"]): Instance => ({
  id: "x",
  name: "x",
  image: "x",
  state,
  options: { machine: "microvm" },
  hypervisor: "qemu",
  kernel: { kind: "pith" },
  memoryBytes: 1,
  cpus: 1,
  ports: [],
  pendingPorts: [],
  networks: [],
  bridges: [],
  addresses: [],
  listening: [],
  capture: { on: false, isFull: false, files: [] },
  echo: false,
  trace: false,
  runs: 1,
  times: { created: 1 },
  milestones: [],
  exit: state === "exited" ? { code: 3, reason: "exited" } : undefined,
  commandLine: [],
  consoleBytes: 0,
});
const changes = (state: Instance["state"]): EngineEvent => ({
  type: "changes",
  instances: { upsert: [instance(state)], remove: [] },
});

/** An engine that says `events`, and has a console whose last bytes come only after the end was told. */
function engine(events: EngineEvent[]): UnideckClient {
  const whole = Buffer.from("first last");
  async function* console(input: unknown, signal: AbortSignal | undefined) {
    const { from, follow = true } = z.object({ from: z.number(), follow: z.boolean().optional() }).parse(input);
    const end = follow ? 6 : whole.length;
    const chunk: ConsoleChunk = {
      offset: from,
      bytes: whole.subarray(from, end).toString("base64"),
      part: "program",
      times: [],
    };
    if (from < end) yield chunk;
    if (follow) await new Promise((resolve) => signal?.addEventListener("abort", resolve));
  }
  async function* subscribe() {
    yield* events;
  }
  return createORPCClient({
    call: async (path, input, { signal }) =>
      path.join(".") === "events.subscribe" ? subscribe() : console(input, signal),
  });
}

async function watch(events: EngineEvent[]) {
  let written = "";
  const last = await watchToEnd({
    client: engine(events),
    id: "x",
    write: async ({ bytes }) => {
      written += toBuffer(bytes).toString();
    },
    offset: () => written.length,
  });
  return { written, last };
}

test("all of the console is written once, also what comes after the end was told", async () => {
  const { written, last } = await watch([changes("running"), changes("stopping"), changes("exited")]);

  expect(written).toBe("first last");
  expect(last.exit?.code).toBe(3);
});

test("an instance that is deleted while it is watched is a problem", async () => {
  const gone: EngineEvent = { type: "changes", instances: { upsert: [], remove: ["x"] } };

  await expect(watch([changes("running"), gone])).rejects.toMatchObject({ code: "instance.not-found" });
});

test("an engine that ends without another in its place is a problem", async () => {
  await expect(watch([changes("running")])).rejects.toMatchObject({ code: "engine.gone" });
});
