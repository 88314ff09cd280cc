/** Sizes and ports as OPS configurations write them. Pure. */

import type { PortForward } from "../../../shared/contract/instances.ts";

const unitBytes: Record<string, number> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** `64M` in bytes; a number alone counts `plainUnit`. Undefined for what is no size. */
export function readSize(text: string, plainUnit: "" | "m"): number | undefined {
  const [, digits = "", unit = ""] = /^\s*(\d{1,15})\s*([kmg]?)b?\s*$/i.exec(text) ?? [];
  const bytes = Number(digits) * (unitBytes[unit.toLowerCase() || plainUnit] ?? Number.NaN);
  return digits !== "" && Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** `8080` or `HOST-GUEST` (one mapping, no range), several with commas between. Undefined for what is no port. */
export function readPorts(texts: readonly string[], protocol: PortForward["protocol"]): PortForward[] | undefined {
  const ports: PortForward[] = [];
  for (const text of texts.flatMap((list) => list.split(","))) {
    const [, host = "", guest = host] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(text) ?? [];
    const isPort = (digits: string) => digits !== "" && Number(digits) >= 1 && Number(digits) <= 65535;
    if (!isPort(host) || !isPort(guest)) return undefined;
    ports.push({ hostAddress: "127.0.0.1", host: Number(host), guest: Number(guest), protocol });
  }
  return ports;
}
