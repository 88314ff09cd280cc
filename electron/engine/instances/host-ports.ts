/** Published ports for guests: chosen where any will do, tried before QEMU is started. */

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { MAX_PORTS, type PortConflict, type PortForward } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import { FIRST_WEB_PORT, isWebPort, LAST_WEB_PORT } from "../../../shared/web-ports.ts";
import { findPortHolder, portBusy } from "../hypervisors/port-holder.ts";
import { systemErrorCode } from "../lib/atomic-file.ts";

/**
 * Gives each forward a host port. A wish for 0 gets the port that it had (`before`, by place) if that is still free, else
 * another. A port can be taken by someone else between this and QEMU's start: then QEMU can't have it (qemu/failure.ts). Throws port.busy,
 * port.invalid.
 */
export async function chooseHostPorts(spec: PortForward[], before: PortForward[] = []): Promise<PortForward[]> {
  refuseUnfit(spec);
  return Promise.all(
    spec.map(async (wish, i) => {
      if (wish.host !== 0) return { ...wish, host: await tryPort(wish) };
      const earlier = before[i]?.host;
      if (earlier) {
        const again = await tryPort({ ...wish, host: earlier }).catch(() => undefined);
        if (again) return { ...wish, host: again };
      }
      return { ...wish, host: await tryPort(wish) };
    }),
  );
}

/** How many host ports are tried to find a free one. */
const MOST_TRIED = 50;
/** Ports below this one need rights that few have; 80 becomes 8080. */
const FIRST_FREE_FOR_ALL = 1024;

/** Why a host port cannot be used, with the next one that is free; undefined where it can be used. */
export async function portConflict(
  forward: PortForward,
  isTaken: (forward: PortForward) => boolean,
): Promise<Pick<PortConflict, "problem" | "free"> | undefined> {
  if (forward.host === 0) return undefined;
  try {
    await tryPort(forward);
    return undefined;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { problem: error.report(), free: await nextFree(forward, isTaken) };
  }
}

async function nextFree(forward: PortForward, isTaken: (forward: PortForward) => boolean): Promise<number | undefined> {
  const { host } = forward;
  const first = host < FIRST_FREE_FOR_ALL ? host + 8000 : host + 1;
  for (let port = first; port < first + MOST_TRIED && port <= 65535; port++) {
    const wish = { ...forward, host: port };
    if (!isTaken(wish) && !isReserved(wish) && (await canBind(wish))) return port;
  }
  return undefined;
}

/** Whether nobody has the port now. */
export const canBind = (forward: PortForward) =>
  (forward.protocol === "tcp" ? bindTcp(forward) : bindUdp(forward)).then(
    () => true,
    () => false,
  );

/** Whether two forwards need the same port of the host: an address that is all of them overlaps with each. */
export function overlaps(one: PortForward, other: PortForward): boolean {
  const addresses = [one.hostAddress, other.hostAddress];
  return (
    one.host !== 0 &&
    one.host === other.host &&
    one.protocol === other.protocol &&
    (addresses[0] === addresses[1] || addresses.includes("0.0.0.0"))
  );
}

/** Throws port.invalid where there are too many forwards, or two ask for the same port of the host. */
export function refuseUnfit(forwards: PortForward[]): void {
  if (forwards.length > MAX_PORTS) {
    throw new Problem("port.invalid", `${forwards.length} published ports are too many for one instance`, {
      hint: `An instance has ${MAX_PORTS} at most. Publish fewer, or connect instances by a private network.`,
    });
  }
  const seen = new Set<string>();
  for (const { host, protocol, hostAddress } of forwards) {
    const key = `${protocol}:${hostAddress}:${host}`;
    if (host !== 0 && seen.has(key)) {
      throw new Problem("port.invalid", `Port ${host} of the host is requested twice`, {
        hint: "Give each guest port a host port of its own; 0 takes any free port.",
      });
    }
    seen.add(key);
  }
}

const isReserved = ({ host, protocol }: PortForward) => protocol === "tcp" && isWebPort(host);

/** Binds the port for a moment; gives its number. */
async function tryPort(forward: PortForward): Promise<number> {
  if (isReserved(forward))
    throw new Problem("port.invalid", `Port ${forward.host} of the host is reserved for Unideck's own page`, {
      hint: `Choose a port outside ${FIRST_WEB_PORT}–${LAST_WEB_PORT}.`,
    });
  try {
    return await (forward.protocol === "tcp" ? bindTcp(forward) : bindUdp(forward));
  } catch (error) {
    throw await bindingProblem(error, forward);
  }
}

async function bindTcp({ host, hostAddress }: PortForward): Promise<number> {
  const server = createServer();
  server.listen({ port: host, host: hostAddress, exclusive: true });
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : host;
}

async function bindUdp({ host, hostAddress }: PortForward): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind({ port: host, address: hostAddress, exclusive: true });
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

async function bindingProblem(error: unknown, forward: PortForward): Promise<unknown> {
  const { host, hostAddress } = forward;
  switch (systemErrorCode(error)) {
    case "EADDRINUSE":
      return portBusy(host, { holder: await findPortHolder(forward) });
    case "EACCES":
      return new Problem("port.invalid", `Port ${host} of the host needs root`, {
        hint: "Ports below 1024 need root. Choose a higher one.",
        cause: error,
      });
    case "EADDRNOTAVAIL":
      return new Problem("port.invalid", `${hostAddress} is not an address of the host`, {
        hint: "Use 127.0.0.1 for the host only, or 0.0.0.0 for all networks.",
        cause: error,
      });
    default:
      return error;
  }
}
