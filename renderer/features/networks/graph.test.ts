import { expect, test } from "vitest";
import type { Bridge } from "../../../shared/contract/bridges.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import type { Network } from "../../../shared/contract/networks.ts";
import { ratesBetween } from "../../model/traffic.ts";
import { aBridge, aNetwork, anInstance, aRunning } from "../../test/samples.ts";
import { graphOf } from "./graph.ts";

const graph = (instances: Instance[], networks: Network[], bridges: Bridge[] = []) =>
  graphOf(instances, networks, bridges);
const lines = (...given: Parameters<typeof graph>) =>
  graph(...given).leads.map(({ from, to, label, isLive }) => [from, to, label, isLive]);

test("an instance that nothing leads to is not on the map", () => {
  const { things } = graph([anInstance({ id: "i9", name: "alone" })], []);

  expect(things.map(({ title }) => title)).toEqual(["This computer"]);
});

test("a running instance that reaches out is on the map without a port, and a stopped one is not", () => {
  const addresses = [{ interface: "en1", address: "10.0.2.15" }];

  expect(lines([aRunning({ ports: [], addresses })], [])).toEqual([["host", "i1", "outbound", true]]);
  expect(lines([anInstance({ addresses })], [])).toEqual([]);
  expect(
    lines([aRunning({ ports: [], addresses: [{ interface: "en1", address: "10.77.1.2" }], networks: ["shop"] })], []),
  ).toEqual([]);
});

test("instances stand beside this machine where no network stands between", () => {
  const farthest = (networks: Network[]) => Math.max(...graph([aRunning()], networks).things.map(({ x }) => x));

  expect(farthest([aNetwork()])).toBe(2 * farthest([]));
});

test("forwards lead from the host to their instance, and are live when somebody listens", () => {
  const ports = [8080, 8081, 8082, 8083].map((host) => ({
    host,
    guest: 80,
    hostAddress: "127.0.0.1",
    protocol: "tcp" as const,
  }));

  expect(lines([aRunning({ ports })], [])).toEqual([["host", "i1", ":8080→80  :8081→80  :8082→80 +1", false]]);
  expect(lines([aRunning({ ports, listening: [{ protocol: "tcp", port: 80 }] })], [])[0]?.[3]).toBe(true);
});

test("a network leads to its members, and from the host where it has a way out", () => {
  const instance = aRunning({ ports: [] });

  expect(lines([instance], [aNetwork()])).toEqual([
    ["host", "network shop", "outbound", true],
    ["network shop", "i1", "10.77.1.2", true],
  ]);
  expect(lines([instance], [aNetwork({ wayOut: false })])).toHaveLength(1);
});

test("a member whose instance is not known here is no line into nowhere", () => {
  const { things, leads } = graph([], [aNetwork({ wayOut: false })]);

  expect(leads).toEqual([]);
  expect(things.map(({ id }) => id)).toEqual(["host", "network shop"]);
});

test("no network lies where a forward's line has its words: halfway to the instance", () => {
  const instances = [1, 2, 3, 4, 5].map((i) => aRunning({ id: `i${i}` }));

  const { things } = graph(instances, [aNetwork(), aNetwork({ name: "lab" })]);

  const halfway = things.filter(({ kind }) => kind === "instance").map(({ y }) => y / 2);
  const heights = things.filter(({ kind }) => kind === "network").map(({ y }) => y);
  expect(Math.min(...heights) - Math.max(...halfway)).toBeGreaterThan(60);
});

test("a bridge leads to what is connected to it, and from the host by its uplink", () => {
  const plugged = aRunning({
    networks: ["shop"],
    bridges: [{ kind: "bridge", bridge: "br0" }],
    addresses: [
      { interface: "en1", address: "10.77.1.2" },
      { interface: "en2", address: "192.168.7.20" },
    ],
    ports: [],
  });
  const other = anInstance({ id: "i2", bridges: [{ kind: "bridge", bridge: "br9" }] });

  const { things, leads } = graph(
    [plugged, other],
    [],
    [aBridge(), aBridge({ name: "lab", uplink: undefined, addresses: [], state: "absent" })],
  );

  expect(things.map(({ id, below, isAlive }) => [id, below, isAlive]).slice(1, 3)).toEqual([
    ["bridge br0", "192.168.7.5/24", true],
    ["bridge lab", "not set up", false],
  ]);
  expect(things).toHaveLength(4);
  expect(leads.map(({ from, to, label, isLive, rateKey }) => [from, to, label, isLive, rateKey])).toEqual([
    ["host", "bridge br0", "eno2", true, undefined],
    ["bridge br0", "i1", "192.168.7.20", true, "machine i1 en2"],
  ]);
});

test("a picture has its bounds", () => {
  const networks = Array.from({ length: 1000 }, (_, i) => aNetwork({ name: `n${i}`, members: [] }));
  const instances = Array.from({ length: 1000 }, (_, i) => aRunning({ id: `i${i}` }));

  expect(graph(instances, networks).things).toHaveLength(121);
});

test("rates are what came between two reports; a switch that restarts has none", () => {
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
