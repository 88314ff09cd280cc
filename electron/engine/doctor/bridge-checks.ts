/** Whether instances can be in the network that this machine is in (Linux). Who never asked for that is not bothered by it. */

import { access, constants } from "node:fs/promises";
import type { Check } from "../../../shared/contract/doctor.ts";
import { shellLine } from "../../../shared/shell-words.ts";
import { findProgram } from "../lib/find-program.ts";
import { installCommand } from "../lib/install-command.ts";
import type { BridgeHelper, HelperReport, Way } from "../networks/bridge/helper.ts";
import { bridgeRules, findBridgeHelper, isAllowed, type Rule } from "../networks/bridge/qemu-bridge-helper.ts";

type Finding = Omit<Check, "id" | "title">;

export interface BridgeFacts {
  helper: HelperReport;
  way: Way;
  /** QEMU's own helper: where it is with the rights that it needs, where it is at all, and what root allows it. */
  qemuHelper: { working: string | undefined; path: string | undefined; rules: readonly Rule[] };
  /** Whether `ip` is there, which bridges are made with, and the device that TAPs are opened by. */
  hasIp: boolean;
  hasTun: boolean;
}

const ways: Record<Way, string> = {
  root: "as root",
  pkexec: "with rights that pkexec asks for",
  terminal: "with rights that sudo asks for, in a terminal",
};

export async function checkBridges(helper: Pick<BridgeHelper, "report" | "way">): Promise<Finding> {
  const [report, way, working, path, rules, ip, hasTun] = await Promise.all([
    helper.report(),
    helper.way(),
    findBridgeHelper(),
    findBridgeHelper({ anyRights: true }),
    bridgeRules(),
    findProgram("ip", "/usr/sbin:/sbin:/usr/bin:/bin"),
    access("/dev/net/tun", constants.R_OK | constants.W_OK).then(
      () => true,
      () => false,
    ),
  ]);
  return judgeBridges({ helper: report, way, qemuHelper: { working, path, rules }, hasIp: ip !== undefined, hasTun });
}

/** Pure. */
export function judgeBridges(facts: BridgeFacts): Finding {
  const { helper, way, qemuHelper } = facts;
  const allowed = allowedBridges(qemuHelper.rules);
  const command = helper.install && shellLine(helper.install);
  if (helper.state === "untrusted")
    return { state: "warning", found: helper.saw, hint: "Reinstall it.", ...(command && { command }) };
  if (helper.state === "absent" && allowed.length === 0)
    return {
      state: "ok",
      found: "not set up; ports and private networks do not need it",
      hint: "To put instances into your LAN, install the network helper once.",
      ...(command && { command }),
    };
  const isUnaware = helper.state === "unneeded" && allowed.length === 0;
  const obstacle = obstacleOf(facts, allowed);
  if (obstacle) return { state: isUnaware ? "ok" : "warning", ...obstacle };
  const found = [
    ...(helper.state === "absent" ? [] : [`the network helper can make bridges, ${ways[way]}`]),
    ...(allowed.length > 0 ? [`QEMU's own helper allows instances on ${allowed.join(", ")}`] : []),
  ];
  return { state: "ok", found: found.join("; ") };
}

function obstacleOf({ qemuHelper, hasIp, hasTun }: BridgeFacts, allowed: readonly string[]) {
  if (!hasIp)
    return {
      found: "ip was not found",
      hint: "It is needed to inspect and create bridges.",
      command: installCommand("ip"),
    };
  if (!hasTun)
    return {
      found: "/dev/net/tun cannot be opened",
      hint: "Instances on bridges need it. In a container, pass the device in from the host.",
      command: "sudo modprobe tun",
    };
  if (allowed.length === 0 || qemuHelper.working !== undefined) return undefined;
  const found = `/etc/qemu/bridge.conf allows instances on ${allowed.join(", ")}, but`;
  return qemuHelper.path === undefined
    ? {
        found: `${found} qemu-bridge-helper was not found`,
        hint: "It comes with QEMU.",
        command: installCommand("qemu-system-x86_64"),
      }
    : {
        found: `${found} qemu-bridge-helper does not run as root`,
        hint: "To use it for bridges, make it setuid root.",
        command: shellLine(["sudo", "chmod", "u+s", qemuHelper.path]),
      };
}

/** In the order of the file; `all` is one of them. */
function allowedBridges(rules: readonly Rule[]): string[] {
  const named = rules.filter(({ verb }) => verb === "allow").map(({ bridge }) => bridge);
  const allowed = [...new Set(named)].filter((bridge) => isAllowed(bridge, rules));
  return allowed.map((bridge) => (bridge === "all" ? "every bridge" : bridge));
}
