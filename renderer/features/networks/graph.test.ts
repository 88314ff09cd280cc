import { expect, test } from "vitest";
import { aNetwork, anInstance, aRunning } from "../../test/samples.ts";
import { graphOf } from "./graph.ts";
import { ratesBetween } from "./traffic.ts";

const lines = (...given: Parameters<typeof graphOf>) =>
  graphOf(...given).leads.map(({ from, to, label, isLive }) => [from, to, label, isLive]);

test("an instance that nothing leads to is not on the map", () => {
  const { things } = graphOf([anInstance({ id: "i9", name: "alone" })], []);

  expect(things.map(({ title }) => title)).toEqual(["This machine"]);
});

test("forwards lead from this machine to their instance, and are live when somebody listens", () => {
  const ports = [8080, 8081, 8082, 8083].map((host) => ({
    host,
    guest: 80,
    hostAddress: "127.0.0.1",
    protocol: "tcp" as const,
  }));

  expect(lines([aRunning({ ports })], [])).toEqual([["host", "i1", ":8080→80  :8081→80  :8082→80 +1", false]]);
  expect(lines([aRunning({ ports, listening: [{ protocol: "tcp", port: 80 }] })], [])[0]?.[3]).toBe(true);
});

test("a network leads to its members, and from this machine where it has a way out", () => {
  const instance = aRunning({ ports: [] });

  expect(lines([instance], [aNetwork()])).toEqual([
    ["host", "network shop", "way out", true],
    ["network shop", "i1", "10.77.1.2", true],
  ]);
  expect(lines([instance], [aNetwork({ wayOut: false })])).toHaveLength(1);
});

test("a member whose instance is not known here is no line into nowhere", () => {
  const { things, leads } = graphOf([], [aNetwork({ wayOut: false })]);

  expect(leads).toEqual([]);
  expect(things.map(({ id }) => id)).toEqual(["host", "network shop"]);
});

test("no network lies where a forward's line has its words: halfway to the instance", () => {
  const instances = [1, 2, 3, 4, 5].map((i) => aRunning({ id: `i${i}` }));

  const { things } = graphOf(instances, [aNetwork(), aNetwork({ name: "lab" })]);

  const halfway = things.filter(({ kind }) => kind === "instance").map(({ y }) => y / 2);
  const heights = things.filter(({ kind }) => kind === "network").map(({ y }) => y);
  expect(Math.min(...heights) - Math.max(...halfway)).toBeGreaterThan(60);
});

test("a picture has its bounds", () => {
  const networks = Array.from({ length: 1000 }, (_, i) => aNetwork({ name: `n${i}`, members: [] }));
  const instances = Array.from({ length: 1000 }, (_, i) => aRunning({ id: `i${i}` }));

  expect(graphOf(instances, networks).things).toHaveLength(121);
});

test("rates are what came between two reports; a switch that begins anew has none", () => {
  const counts = (bytes: number) => ({
    connected: true,
    sentBytes: bytes,
    receivedBytes: 2 * bytes,
    sentFrames: 1,
    receivedFrames: 1,
    droppedFrames: 0,
  });
  const report = (at: number, bytes: number) => ({
    at,
    machines: [{ instance: "i1", interfaces: [{ name: "en2", ...counts(bytes) }] }],
    networks: [{ name: "shop", members: [{ instance: "i1", ...counts(bytes) }], wayOut: counts(bytes) }],
  });

  expect(ratesBetween(report(1000, 500), report(3000, 2500))).toEqual({
    "shop i1": { sent: 1000, received: 2000 },
    shop: { sent: 1000, received: 2000 },
    "machine i1 en2": { sent: 1000, received: 2000 },
  });
  expect(ratesBetween(report(1000, 500), report(2000, 0))["shop i1"]).toEqual({ sent: 0, received: 0 });
});
