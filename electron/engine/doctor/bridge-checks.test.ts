import { join } from "node:path";
import { expect, test } from "vitest";
import { BridgeHelper, type HelperReport } from "../networks/bridge/helper.ts";
import type { Rule } from "../networks/bridge/qemu-bridge-helper.ts";
import { type BridgeFacts, checkBridges, judgeBridges } from "./bridge-checks.ts";

const install = ["sudo", "install", "/opt/My Apps/helper", "/usr/local/libexec/unideck-network-helper"];
const absent: HelperReport = { state: "absent", saw: "not installed", install };
const ready: HelperReport = { state: "ready", saw: "/usr/local/libexec/unideck-network-helper" };
const nobody = { working: undefined, path: "/usr/lib/qemu/qemu-bridge-helper", rules: [] };
const virbr: Rule = { verb: "allow", bridge: "virbr0" };
const judge = (facts: Partial<BridgeFacts>) =>
  judgeBridges({ helper: ready, way: "pkexec", qemuHelper: nobody, hasIp: true, hasTun: true, ...facts });

test("who never asked for a bridge is told how one is had, and of nothing else", () => {
  expect(judge({ helper: absent, hasTun: false })).toEqual({
    state: "ok",
    found: "not set up; ports and private networks do not need it",
    hint: "To put instances into your LAN, install the network helper once.",
    command: "sudo install '/opt/My Apps/helper' /usr/local/libexec/unideck-network-helper",
  });
  expect(judge({ helper: { state: "unneeded", saw: "" }, way: "root", hasTun: false }).state).toBe("ok");
});

test("what is set up is said, and how its rights are had", () => {
  expect(judge({})).toEqual({ state: "ok", found: expect.stringContaining("pkexec") });
  expect(judge({ way: "terminal" }).found).toContain("sudo");
  const working = { ...nobody, working: nobody.path, rules: [virbr, { verb: "allow", bridge: "all" } as const] };
  expect(judge({ helper: absent, qemuHelper: working })).toEqual({
    state: "ok",
    found: "QEMU's own helper allows instances on virbr0, every bridge",
  });
});

test.each<[string, Partial<BridgeFacts>, RegExp, RegExp]>([
  [
    "a helper that is not ours",
    { helper: { state: "untrusted", saw: "not ours", install } },
    /not ours/,
    /^sudo install/,
  ],
  ["no ip", { hasIp: false }, /ip was not found/, /iproute2/],
  ["no TAPs", { hasTun: false }, /\/dev\/net\/tun/, /modprobe/],
  [
    "QEMU's helper without rights",
    { helper: absent, qemuHelper: { ...nobody, rules: [virbr] } },
    /virbr0/,
    /chmod u\+s/,
  ],
  ["no helper of QEMU's", { qemuHelper: { ...nobody, path: undefined, rules: [virbr] } }, /not found/, /qemu/],
])("%s is a warning that says what to do", (_what, facts, found, command) => {
  const finding = judge(facts);

  expect(finding).toMatchObject({ state: "warning", found: expect.stringMatching(found), hint: expect.any(String) });
  expect(finding.command).toMatch(command);
});

test("a denial takes back what was allowed", () => {
  const rules: Rule[] = [virbr, { verb: "deny", bridge: "virbr0" }];

  expect(judge({ helper: absent, qemuHelper: { ...nobody, rules } }).found).toContain("not set up");
});

test("this machine is looked at: a helper that is not there is offered, with the command that installs it", async () => {
  const bundled = join(import.meta.dirname, "../../../resources/network/unideck-network-helper");

  const { state, command, hint } = await checkBridges(
    new BridgeHelper(bundled, { installed: process.execPath, isRoot: false }),
  );

  expect([state, hint]).toEqual(["warning", "Reinstall it."]);
  expect(command).toMatch(/^sudo install -D -o root -g root -m 0755 .*unideck-network-helper/);
});
