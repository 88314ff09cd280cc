/** Where instances' cards are plugged in: which TAP of a bridge is free, or that QEMU's own helper makes one. */

import type { Attachment, Bridge } from "../../../../shared/contract/bridges.ts";
import { Problem } from "../../../../shared/problem.ts";
import type { NicBackend } from "../../hypervisors/driver.ts";
import { memberMac } from "../plan-network.ts";

export interface SeatFacts {
  platform: NodeJS.Platform;
  bridges: readonly Bridge[];
  /** TAPs that a machine has open. */
  busyTaps: ReadonlySet<string>;
  /** All interfaces of the host. */
  interfaces: ReadonlySet<string>;
  /** QEMU's own helper, where it works. */
  bridgeHelper: string | undefined;
}

/** Pure. Throws network.unsupported, network.not-found, network.full. */
export function plugIn(attachment: Attachment, instance: string, facts: SeatFacts): NicBackend {
  switch (attachment.kind) {
    case "vmnet-shared":
    case "vmnet-bridged": {
      if (facts.platform !== "darwin")
        throw new Problem("network.unsupported", "vmnet networks exist on macOS only", {
          hint: "On Linux, use a bridge: “unideck network plan” shows how to create one.",
        });
      const device = attachment.kind === "vmnet-bridged" ? attachment.interface : undefined;
      const network = device ?? attachment.kind;
      return { kind: attachment.kind, network, mac: memberMac(network, instance), interface: device };
    }
    case "bridge":
      return plugIntoBridge(attachment, instance, facts);
  }
}

function plugIntoBridge(
  { bridge: name, tap }: Extract<Attachment, { kind: "bridge" }>,
  instance: string,
  { platform, bridges, busyTaps, interfaces, bridgeHelper }: SeatFacts,
): NicBackend {
  if (platform !== "linux")
    throw new Problem("network.unsupported", "Bridges of this kind exist on Linux only", {
      hint: "On macOS, use vmnet-shared, or vmnet-bridged:INTERFACE.",
    });
  const mac = memberMac(name, instance);
  if (tap !== undefined) {
    if (!interfaces.has(tap))
      throw new Problem("network.not-found", `There is no TAP ${tap} on the host`, {
        hint: "Omit it to use a free TAP of the bridge, or create it: ip tuntap add.",
      });
    if (busyTaps.has(tap))
      throw new Problem("network.in-use", `The TAP ${tap} is in use by another virtual machine`, {
        hint: "Omit it to use a free TAP of the bridge, or stop the program that uses it.",
      });
    return { kind: "tap", network: name, mac, tap };
  }
  const bridge = bridges.find((one) => one.name === name);
  switch (bridge?.state) {
    case "ready": {
      const free = bridge.taps.find((one) => !busyTaps.has(one));
      if (free !== undefined) return { kind: "tap", network: name, mac, tap: free };
      throw new Problem("network.full", `Each of the ${bridge.taps.length} seats of ${name} is taken`, {
        hint: "Stop an instance there, or set the bridge up again with more seats.",
      });
    }
    case "foreign":
      if (bridgeHelper !== undefined)
        return { kind: "bridge-helper", network: name, mac, bridge: name, helper: bridgeHelper };
      break;
    case "waiting":
      throw new Problem("network.not-found", `The bridge ${name} is not confirmed yet`, {
        hint: `Confirm it first: “unideck network confirm ${name}”; otherwise it is undone.`,
      });
    default:
      break;
  }
  throw new Problem("network.not-found", `The bridge ${name} is not set up`, {
    hint: `“unideck network plan ${name}” shows how to create it; a bridge made by root must be allowed in /etc/qemu/bridge.conf.`,
  });
}
