/** What QEMU's last words mean to a person. Pure. */

import { PortForward } from "../../../../shared/contract/instances.ts";
import { Problem } from "../../../../shared/problem.ts";
import { type HostSide, portBusy } from "../port-holder.ts";

/** `-msg timestamp=on`: an ISO time before each message. */
const timestamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z) /;
const speaker = /^[^ ]*qemu-system-[a-z0-9_-]+: /;

/** One line of QEMU's: when, and what without its name. */
export function parseQemuLine(line: string): { at?: number; text: string } {
  const time = timestamp.exec(line)?.[1];
  const text = line.replace(timestamp, "");
  return time ? { at: Date.parse(time), text } : { text };
}

/** The first message that is no warning, without time and speaker; undefined where there is none. */
export function firstSentence(said: string): string | undefined {
  for (const line of said.split("\n")) {
    const text = parseQemuLine(line)
      .text.replace(speaker, "")
      .replace(/^error: /, "")
      .trim();
    if (text && !/(^|: )(warning|info):/.test(text) && !text.startsWith("char device redirected")) return text;
  }
  return undefined;
}

const HostSideShape = PortForward.pick({ protocol: true, hostAddress: true, host: true });

/** The port of the host that QEMU could not have, where that is why it ended. */
export function refusedPort(said: string): HostSide | undefined {
  const rule = /host forwarding rule '(?<protocol>[a-z]+):(?<hostAddress>[^:']*):(?<host>\d+)-/.exec(said)?.groups;
  return HostSideShape.safeParse({ ...rule, host: Number(rule?.host) }).data;
}

/** Why QEMU has ended by itself. `said` is what it printed, `portHolder` who has the port that it could not have. */
export function qemuFailure(said: string, ending: string, portHolder?: string): Problem {
  const sentence = firstSentence(said);
  const details = said.trim() || ending;
  if (!sentence) return new Problem("hypervisor.failed", `QEMU ended unexpectedly (${ending})`, { details });

  const refused = refusedPort(sentence);
  if (refused) return portBusy(refused.host, { details, holder: portHolder });
  const known = failures.find(({ pattern }) => pattern.test(said));
  if (known) return new Problem(known.code, known.message, { hint: known.hint, details });
  return new Problem("hypervisor.failed", `QEMU: ${sentence}`, {
    hint: "See the details for QEMU's output. “unideck doctor” checks this computer.",
    details,
  });
}

const failures = [
  {
    pattern: /vmnet/i,
    code: "network.privilege",
    message: "macOS denied QEMU access to its network (vmnet)",
    hint: "vmnet is for root, or for a QEMU that Apple has entitled to it: start Unideck with sudo, or use ports or a private network.",
  },
  {
    pattern: /could not (open|configure) \/dev\/net\/tun|bridge helper failed/i,
    code: "network.privilege",
    message: "QEMU was denied access to the bridge",
    hint: "See the details. “unideck network bridges” shows whether the bridge is set up; its TAP may be in use.",
  },
  {
    pattern: /Cannot allocate memory|cannot set up guest memory/i,
    code: "hypervisor.failed",
    message: "Not enough free memory on the host for the instance",
    hint: "Give it less memory, or stop other programs.",
  },
  {
    pattern: /Failed to get (shared )?"(write|consistent read)" lock/i,
    code: "hypervisor.failed",
    message: "Another QEMU uses the disk of this instance",
    hint: "Find a QEMU that was started by hand, and stop it.",
  },
  {
    // The second: KVM that can be opened but not used, as on hosts that are virtual machines themselves.
    pattern: /(KVM|HVF|accelerator).*(fail|invalid|not |could not|denied)|failed to initialize|kvm\.c:\d+/i,
    code: "hypervisor.failed",
    message: "The requested accelerator does not work on this host",
    hint: "Choose “auto” or “tcg”. “unideck doctor” shows what works.",
  },
  { pattern: /No space left on device/i, code: "disk.full", message: "The disk is full", hint: "Free some space." },
] as const;
