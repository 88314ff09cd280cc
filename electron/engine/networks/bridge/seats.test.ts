import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Bridge } from "../../../../shared/contract/bridges.ts";
import { canonicalCidr, networkOf } from "./cidr.ts";
import { bridgeRules, isAllowed } from "./qemu-bridge-helper.ts";
import { plugIn, type SeatFacts } from "./seats.ts";
import { serverAddress, sessionsIn } from "./ssh-addresses.ts";

const ready: Bridge = { name: "br0", state: "ready", addresses: [], taps: ["br0-t0", "br0-t1"] };
const facts: SeatFacts = {
  platform: "linux",
  bridges: [ready],
  busyTaps: new Set(),
  interfaces: new Set(["br0-t0", "own"]),
  bridgeHelper: "/usr/lib/qemu/qemu-bridge-helper",
};
const bridge = (name: string, tap?: string) => ({ kind: "bridge" as const, bridge: name, tap });

test("an instance gets the first TAP that nobody has, or the one that it names", () => {
  expect(plugIn(bridge("br0"), "i1", facts)).toMatchObject({ kind: "tap", tap: "br0-t0" });
  expect(plugIn(bridge("br0"), "i1", { ...facts, busyTaps: new Set(["br0-t0"]) })).toMatchObject({ tap: "br0-t1" });
  expect(plugIn(bridge("br0", "own"), "i1", facts)).toMatchObject({ kind: "tap", tap: "own" });
  expect(() => plugIn(bridge("br0", "own"), "i1", { ...facts, busyTaps: new Set(["own"]) })).toThrow(
    /in use by another/,
  );
  expect(() => plugIn(bridge("br0", "nobody"), "i1", facts)).toThrow(/no TAP nobody/);
  expect(() => plugIn(bridge("br0"), "i1", { ...facts, busyTaps: new Set(ready.taps) })).toThrow(/Each of the 2 seats/);
});

test("its MAC is its own, the same at every start, and another one on another bridge", () => {
  const mac = (name: string, instance: string) => plugIn(bridge(name, "own"), instance, facts).mac;

  expect(mac("br0", "i1")).toBe(mac("br0", "i1"));
  expect(new Set([mac("br0", "i1"), mac("br0", "i2"), mac("br1", "i1")]).size).toBe(3);
});

test("into a bridge of somebody else's it is plugged by QEMU's own helper, where that works", () => {
  const foreign = { ...facts, bridges: [{ ...ready, name: "virbr0", state: "foreign" as const }] };

  expect(plugIn(bridge("virbr0"), "i1", foreign)).toMatchObject({ kind: "bridge-helper", bridge: "virbr0" });
  expect(() => plugIn(bridge("virbr0"), "i1", { ...foreign, bridgeHelper: undefined })).toThrow(/not set up/);
  expect(() => plugIn(bridge("br9"), "i1", facts)).toThrow(/not set up/);
});

test("a bridge that waits for its confirmation takes nobody", () => {
  const waiting = { ...facts, bridges: [{ ...ready, state: "waiting" as const }] };

  expect(() => plugIn(bridge("br0"), "i1", waiting)).toThrow(/not confirmed yet/);
});

test("vmnet is macOS's, bridges are Linux's", () => {
  const mac = { ...facts, platform: "darwin" as const };

  expect(plugIn({ kind: "vmnet-shared" }, "i1", mac)).toMatchObject({ kind: "vmnet-shared" });
  expect(plugIn({ kind: "vmnet-bridged", interface: "en0" }, "i1", mac)).toMatchObject({ interface: "en0" });
  expect(() => plugIn({ kind: "vmnet-shared" }, "i1", facts)).toThrow(/exist on macOS only/);
  expect(() => plugIn(bridge("br0"), "i1", mac)).toThrow(/exist on Linux only/);
});

test("QEMU's helper may plug into what is allowed and not denied, through included files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "unideck-rules-"));
  await writeFile(join(folder, "more.conf"), "deny secret\nallow all\n");
  await writeFile(
    join(folder, "bridge.conf"),
    `# ours\nallow br0 # the first\ninclude ${folder}/more.conf\nnonsense\n`,
  );
  await writeFile(join(folder, "loop.conf"), `include ${folder}/loop.conf\nallow br7\n`);

  const rules = await bridgeRules(join(folder, "bridge.conf"));
  const loop = await bridgeRules(join(folder, "loop.conf"));
  await rm(folder, { recursive: true });

  expect(["br0", "any", "secret"].map((name) => isAllowed(name, rules))).toEqual([true, true, false]);
  expect([isAllowed("br7", loop), isAllowed("br8", loop), isAllowed("br0", [])]).toEqual([true, false, false]);
  expect(await bridgeRules(join(folder, "nothing"))).toEqual([]);
});

test("the host's end of an SSH session is read from the environment, and from the kernel's tables", () => {
  expect(serverAddress("10.0.0.9 50022 10.0.0.1 22")).toBe("10.0.0.1");
  expect(serverAddress("fe80::9%eth0 50022 2001:DB8:0::1 22")).toBe("2001:db8::1");
  expect(serverAddress("::ffff:1.2.3.4 1 ::ffff:10.0.0.1 22")).toBe("10.0.0.1");
  for (const nothing of [undefined, "", "a b c d", "1 2"]) expect(serverAddress(nothing)).toBeUndefined();

  const head = "  sl  local_address rem_address   st tx_queue";
  const line = (local: string, state: string) => `   0: ${local} 0900000A:C350 ${state} 00000000`;
  const table = [head, line("0100000A:0016", "01"), line("0200000A:0016", "0A"), line("0300000A:1F90", "01")].join(
    "\n",
  );
  const table6 = [head, line("B80D0120000000000000000001000000:0016", "01")].join("\n");
  const mapped = [head, line("0000000000000000FFFF00000100000A:0016", "01")].join("\n");
  expect(sessionsIn(table)).toEqual(["10.0.0.1"]);
  expect(sessionsIn(table6)).toEqual(["2001:db8::1"]);
  expect(sessionsIn(mapped)).toEqual(["10.0.0.1"]);
  expect(sessionsIn("nonsense\n\0\0\0\n1 2 3")).toEqual([]);
});

test("an address's network, in both families", () => {
  expect(networkOf("10.1.2.3/24")).toBe("10.1.2.0/24");
  expect(networkOf("10.1.2.3/9")).toBe("10.0.0.0/9");
  expect(networkOf("2001:db8:1:2:3::4/64")).toBe("2001:db8:1:2::/64");
  expect(networkOf("2001:db8:ffff::4/33")).toBe("2001:db8:8000::/33");
  expect(canonicalCidr("2001:DB8:0:0::1/64")).toBe("2001:db8::1/64");
  expect(canonicalCidr("fe80::1%eth0/64")).toBeUndefined();
});
