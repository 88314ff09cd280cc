import { expect, test } from "vitest";
import type { BridgeSpec } from "../../../../shared/contract/bridges.ts";
import type { HostAddress, HostLink, HostRoute, HostState } from "./host-state.ts";
import { type PlanContext, planBridge } from "./plan-bridge.ts";
import { wordsOf } from "./steps.ts";

const address = (cidr: string, change: Partial<HostAddress> = {}): HostAddress => ({
  family: cidr.includes(":") ? 6 : 4,
  address: cidr.replace(/\/.*/, ""),
  cidr,
  broadcast: undefined,
  scope: "global",
  label: undefined,
  flags: [],
  valid: undefined,
  preferred: undefined,
  isTemporary: false,
  hasPeer: false,
  ...change,
});

const link = (name: string, change: Partial<HostLink> = {}): HostLink => ({
  name,
  mac: "52:54:00:00:00:05",
  kind: undefined,
  master: undefined,
  parent: undefined,
  isEthernet: true,
  isLoopback: false,
  isUp: true,
  hasCarrier: true,
  isWireless: false,
  manager: undefined,
  addresses: [],
  ...change,
});

const route = (device: string, to: string, change: Partial<HostRoute> = {}): HostRoute => ({
  ...{ device, to, family: to.includes(":") ? 6 : 4, via: undefined, protocol: "static", scope: undefined },
  ...{ source: undefined, metric: undefined, onlink: false, table: "main", oddity: undefined },
  ...change,
});

const kernelRoute = (device: string, to: string, source: string, change: Partial<HostRoute> = {}) =>
  route(device, to, { protocol: "kernel", scope: "link", source, ...change });

/** `eno1` has the way out, `eno2` has an address and a route, `eno3` has nothing and is off. */
const host: HostState = {
  links: [
    link("eno1", { addresses: [address("192.168.1.5/24")] }),
    link("eno2", { addresses: [address("10.3.0.5/16", { broadcast: "10.3.255.255", label: "eno2" })] }),
    link("eno3", { isUp: false }),
  ],
  routes: [
    route("eno1", "default", { via: "192.168.1.1", protocol: "dhcp", metric: 100 }),
    kernelRoute("eno1", "192.168.1.0/24", "192.168.1.5"),
    kernelRoute("eno2", "10.3.0.0/16", "10.3.0.5"),
    route("eno2", "10.4.0.0/16", { via: "10.3.0.1" }),
  ],
  filtersBridges: false,
};

const plan = (wish: Partial<BridgeSpec>, change: Partial<HostState> = {}, context: Partial<PlanContext> = {}) =>
  planBridge(
    { name: "br0", seats: 1, ...wish },
    { host: { ...host, ...change }, sshAddresses: [], user: 1000, ...context },
  );
const words = (...given: Parameters<typeof plan>) => plan(...given).steps.map((step) => wordsOf(step).join(" "));

const withUplink = (uplink: HostLink, routes: HostRoute[] = []) => ({ links: [uplink], routes });

test("without an uplink it is a bridge with TAPs, and an address of the host's", () => {
  expect(words({ seats: 2, address: "10.20.0.1/24" })).toEqual([
    expect.stringMatching(/^bridge br0 02:/),
    ...["tap br0-t0 1000", "join br0-t0 br0", "up br0-t0", "tap br0-t1 1000", "join br0-t1 br0", "up br0-t1", "up br0"],
    "address-add br0 10.20.0.1/24 - global - - - -",
  ]);
});

test("an uplink's addresses and routes go onto the bridge, which has its MAC; the kernel's own routes follow by themselves", () => {
  const steps = words({ uplink: "eno2" });

  expect(steps[0]).toBe("bridge br0 52:54:00:00:00:05");
  expect(steps.slice(steps.indexOf("up br0") + 1)).toEqual([
    "route-del eno2 10.4.0.0/16 10.3.0.1 static - - - -",
    "address-del eno2 10.3.0.5/16 10.3.255.255 global eno2 - - -",
    "join eno2 br0",
    "address-add br0 10.3.0.5/16 10.3.255.255 global - - - -",
    "route-add br0 10.4.0.0/16 10.3.0.1 static - - - -",
  ]);
});

test("an uplink that is off is turned on", () => {
  expect(words({ uplink: "eno3" }).slice(-2)).toEqual(["up eno3", "join eno3 br0"]);
});

test("several addresses are taken off the latest first, so that undoing restores their order", () => {
  const uplink = link("eno9", { addresses: [address("10.1.0.1/24"), address("10.1.0.2/24")] });

  const steps = words({ uplink: "eno9" }, withUplink(uplink)).filter((step) => step.startsWith("address"));

  expect(steps.map((step) => step.split(" ").slice(0, 3).join(" "))).toEqual([
    ...["address-del eno9 10.1.0.2/24", "address-del eno9 10.1.0.1/24"],
    ...["address-add br0 10.1.0.1/24", "address-add br0 10.1.0.2/24"],
  ]);
});

test("a route of the kernel's kind that an address does not bring by itself is moved, before those that need it", () => {
  // As NetworkManager does it, and a second address that would bring no route: it is in the network of the first.
  const addresses = [address("10.1.0.5/24", { flags: ["noprefixroute"] }), address("10.1.0.6/24")];
  const routes = [
    route("eno9", "default", { via: "10.1.0.1", metric: 100 }),
    kernelRoute("eno9", "10.1.0.0/24", "10.1.0.5", { metric: 100 }),
  ];

  const steps = words({ uplink: "eno9" }, withUplink(link("eno9", { addresses }), routes));

  expect(steps.filter((step) => step.startsWith("route"))).toEqual([
    "route-del eno9 default4 10.1.0.1 static - - 100 -",
    "route-del eno9 10.1.0.0/24 - kernel link 10.1.0.5 100 -",
    "route-add br0 10.1.0.0/24 - kernel link 10.1.0.5 100 -",
    "route-add br0 default4 10.1.0.1 static - - 100 -",
  ]);
});

test("an address with a metric brings a route of that metric", () => {
  const addresses = [address("10.1.0.5/24", { flags: ["metric42"] }), address("2001:db8::5/64")];
  const routes = [
    kernelRoute("eno9", "10.1.0.0/24", "10.1.0.5", { metric: 42 }),
    route("eno9", "2001:db8::/64", { protocol: "kernel", metric: 256 }),
  ];

  const steps = words({ uplink: "eno9" }, withUplink(link("eno9", { addresses }), routes));

  expect(steps.filter((step) => step.startsWith("route"))).toEqual([]);
});

test("what an IPv6 router announced is only taken off; a lease has no end on the bridge, and that is said", () => {
  const uplink = link("eno9", {
    addresses: [
      address("192.168.1.9/24", { valid: 500, preferred: 400 }),
      address("2001:db8::5/64"),
      address("2001:db8:1::9/64", { valid: 900, preferred: 800, flags: ["mngtmpaddr"] }),
      address("2001:db8:1::77/64", { valid: 900, preferred: 800, isTemporary: true }),
      address("fe80::5/64", { scope: "link" }),
    ],
  });
  const routes = [
    route("eno9", "default", { family: 6, via: "fe80::1", protocol: "ra", metric: 1024 }),
    route("eno9", "2001:db8:2::/48", { via: "fe80::2" }),
    route("eno9", "fe80::/64", { protocol: "kernel", metric: 256 }),
  ];

  const { steps, warnings } = plan({ uplink: "eno9" }, withUplink(uplink, routes));
  const moved = steps.map((step) => wordsOf(step).join(" ")).filter((step) => /^(address|route)/.test(step));

  expect(moved).toEqual([
    "route-del eno9 2001:db8:2::/48 fe80::2 static - - - -",
    "route-del eno9 default6 fe80::1 ra - - 1024 -",
    "address-del eno9 2001:db8:1::9/64 - global - mngtmpaddr 900 800",
    "address-del eno9 2001:db8::5/64 - global - - - -",
    "address-del eno9 192.168.1.9/24 - global - - 500 400",
    "address-add br0 192.168.1.9/24 - global - - - -",
    "address-add br0 2001:db8::5/64 - global - - - -",
    "route-add br0 2001:db8:2::/48 fe80::2 static - - - -",
  ]);
  expect(warnings.join()).toContain("The address of eno9 is leased");
});

test("an interface with the default route needs a consent of its own, whatever stands between the two", () => {
  const reason = ["The host's default route goes through it"];
  const vlan = link("eno2.7", { kind: "vlan", parent: "eno2" });
  const port = link("eno3", { master: "bond0" });

  expect(plan({ uplink: "eno1" }).reasons).toEqual(reason);
  expect(plan({ uplink: "eno2" }).reasons).toEqual([]);
  expect(
    plan({ uplink: "eno2" }, { links: [...host.links, vlan], routes: [route("eno2.7", "default")] }).reasons,
  ).toEqual(reason);
  expect(() => plan({ uplink: "eno3" }, { links: [link("bond0", { kind: "bond" }), port] })).toThrow(
    /belongs to bond0/,
  );
});

test("so does one that an SSH session goes through", () => {
  const { reasons } = plan({ uplink: "eno2" }, {}, { sshAddresses: ["10.3.0.5", "1.2.3.4"] });

  expect(reasons).toEqual(["An SSH session with 10.3.0.5 goes through it"]);
});

const refusals: [string, HostLink, HostRoute[], RegExp][] = [
  ["a wireless interface", link("x", { isWireless: true }), [], /wireless/],
  ["loopback", link("x", { isLoopback: true }), [], /not an Ethernet/],
  ["a tunnel", link("x", { isEthernet: false }), [], /not an Ethernet/],
  ["another bridge", link("x", { kind: "bridge" }), [], /a bridge itself/],
  ["a TAP", link("x", { kind: "tun" }), [], /TUN or TAP/],
  ["one with a peer", link("x", { addresses: [address("10.0.0.1/32", { hasPeer: true })] }), [], /peer/],
  ["one with a route in another table", link("x"), [route("x", "default", { table: "vpn" })], /table vpn/],
  ["one with a route of another kind", link("x"), [route("x", "10.0.0.0/8", { oddity: "nexthops" })], /nexthops/],
];

test.each(refusals)("%s is no uplink", (_, uplink, routes, said) => {
  expect(() => plan({ uplink: "x" }, withUplink(uplink, routes))).toThrow(said);
});

test("names that are taken are refused, a TAP's as well; so is an address of a network that this machine is in", () => {
  expect(() => plan({ name: "eno1" })).toThrow(/There is an interface eno1/);
  expect(() => plan({}, { links: [link("br0-t0")] })).toThrow(/br0-t0/);
  expect(() => plan({ address: "10.3.9.9/16" })).toThrow(/eno2 is already in the network/);
  for (const wrong of ["10.20.0.0/24", "10.20.0.1", "127.0.0.1/8", "x", "224.0.0.1/4", "10.20.0.1/33"])
    expect(() => plan({ address: wrong }), wrong).toThrow(/not a valid bridge address/);
});

test("the digest is that of the steps: it changes when the host's network does", () => {
  const other = withUplink(link("eno2", { addresses: [address("10.3.0.6/16")] }));

  expect(plan({ uplink: "eno2" }).digest).toBe(plan({ uplink: "eno2" }).digest);
  expect(plan({ uplink: "eno2" }, other).digest).not.toBe(plan({ uplink: "eno2" }).digest);
});

test("who else manages the uplink, and a firewall between ports, are said", () => {
  const { warnings } = plan(
    { uplink: "x" },
    { ...withUplink(link("x", { manager: "NetworkManager" })), filtersBridges: true },
  );

  expect(warnings.join("\n")).toMatch(/NetworkManager manages x[\s\S]*firewall/);
});
