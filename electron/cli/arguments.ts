/** What people write as arguments: sizes, ports, placements, variables. Each parser throws a usage error. */

import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import { InvalidArgumentError } from "commander";
import type { Attachment } from "../../shared/contract/bridges.ts";
import type { Placement } from "../../shared/contract/images.ts";
import type { InstanceSpec, PortForward } from "../../shared/contract/instances.ts";
import { INTERFACE_NAME, isNetworkName } from "../../shared/word-rules.ts";

const unitBytes: Record<string, number> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** `64M` in bytes. Units are powers of 1024: K, M, G, T, with `B` or `iB` after them if one likes. */
export function parseSize(text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)([KMGT]?)(?:i?B)?$/i.exec(text) ?? [];
  const bytes = Number(number) * (unitBytes[unit.toUpperCase()] ?? Number.NaN);
  if (number === "" || !Number.isSafeInteger(Math.round(bytes)) || bytes <= 0)
    throw new InvalidArgumentError("A size is a number with a unit, such as 64M or 2G.");
  return Math.round(bytes);
}

/** `[ADDRESS:]HOST[:GUEST][/udp]`: a port of the host and the guest's port that it leads to. */
export function parsePort(text: string, before: PortForward[] = []): PortForward[] {
  const [, address, host, guest = host, protocol] =
    /^(?:(\d+(?:\.\d+){3}):)?(\d{1,5})(?::(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
  const forward: PortForward = {
    ...{ hostAddress: address ?? "127.0.0.1", host: Number(host), guest: Number(guest) },
    protocol: protocol === "udp" ? "udp" : "tcp",
  };
  const isRight = isIPv4(forward.hostAddress) && forward.host <= 65535 && forward.guest >= 1 && forward.guest <= 65535;
  if (!isRight)
    throw new InvalidArgumentError("A port is 8080, 8080:80 where 80 is the guest's, or ADDRESS:8080:80/udp.");
  return [...before, forward];
}

/** `HOST:GUEST`: something of the host, and where it goes in the guest. */
export function parsePlacement(text: string, before: Placement[] = []): Placement[] {
  const colon = text.lastIndexOf(":");
  const [host, guest] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  if (host === "" || !guest.startsWith("/"))
    throw new InvalidArgumentError("Write HOST:GUEST; the guest path begins with a slash.");
  return [...before, { host: resolve(host), guest }];
}

/** An absolute path in the guest. */
export function parseGuestPath(text: string): string {
  if (!text.startsWith("/") || text.split("/").includes(".."))
    throw new InvalidArgumentError("A guest path is absolute and does not contain “..”, such as /opt/app/bin/app.");
  return text;
}

/** `UID` or `UID:GID`, in decimal. */
export function parseUser(text: string): string {
  const ids = /^\d{1,10}(:\d{1,10})?$/.test(text) ? text.split(":").map(Number) : [];
  // The largest number means no id.
  if (ids.length === 0 || ids.some((id) => id >= 2 ** 32 - 1))
    throw new InvalidArgumentError("A user is UID or UID:GID, both numbers, such as 999 or 999:999.");
  return text;
}

/** `NAME=VALUE`. */
export function parseVariable(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name = "", value = ""] = /^([^=\0]+)=([^\0]*)$/s.exec(text) ?? [];
  if (name === "") throw new InvalidArgumentError("Write a variable as NAME=VALUE.");
  return { ...before, [name]: value };
}

/** What `--network` says: the kind of card that leads out, and private networks by their names. */
export interface NetworkChoice {
  network: InstanceSpec["network"];
  networks: string[];
  bridges: Attachment[];
}

/** `bridge:NAME[:TAP]`, `vmnet-shared`, `vmnet-bridged:INTERFACE`; undefined for what has another form. */
function parseAttachment(text: string): Attachment | undefined {
  const [kind, name, tap, ...more] = text.split(":");
  if (more.length > 0 || (kind !== "bridge" && tap !== undefined)) return undefined;
  if (kind === "vmnet-shared" && name !== undefined) return undefined;
  if (kind === "vmnet-shared") return { kind };
  if (name === undefined || !INTERFACE_NAME.test(name)) return undefined;
  if (kind === "vmnet-bridged") return { kind, interface: name };
  if (kind !== "bridge") return undefined;
  return tap === undefined || INTERFACE_NAME.test(tap) ? { kind, bridge: name, tap } : undefined;
}

/** `user`, `restricted`, `none`, a network of the host, or the name of a private network. */
export function parseNetwork(text: string, before = noChoice): NetworkChoice {
  const kind = kinds.find((one) => one === text);
  if (kind) return { ...before, network: kind };
  const attachment = parseAttachment(text);
  if (attachment) return { ...before, bridges: [...before.bridges, attachment] };
  if (!isNetworkName(text))
    throw new InvalidArgumentError(
      "A network name has lower-case letters, digits and dashes; or use user, restricted, none, bridge:NAME, vmnet-shared, vmnet-bridged:INTERFACE.",
    );
  return { ...before, networks: [...new Set([...before.networks, text])] };
}

const kinds: readonly InstanceSpec["network"][] = ["auto", "user", "restricted", "none"];

const noChoice: NetworkChoice = { network: "auto", networks: [], bridges: [] };

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("Use a whole number of at least 1.");
  return Number(text);
}

/** A port of the host to listen on; 0 is any that is free. */
export function parseListenPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    throw new InvalidArgumentError("A port is a number up to 65535.");
  return Number(text);
}

export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}
