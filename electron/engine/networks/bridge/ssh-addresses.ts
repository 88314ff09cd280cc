/** This machine's ends of SSH sessions: the user may be at the other end of one, and a plan could cut it. */

import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { formatAddress } from "../../lib/ipv4-address.ts";

const SSH_PORT = 22;
const ESTABLISHED = "01";
const MAX_PARENTS = 32;

/** Of this process and its parents, by their environment; and of every session with this machine on the usual port. */
export async function sshAddresses(environment: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const [parents, tcp4, tcp6] = await Promise.all([
    ofParents(),
    readFile("/proc/net/tcp", "latin1").catch(() => ""),
    readFile("/proc/net/tcp6", "latin1").catch(() => ""),
  ]);
  const own = serverAddress(environment.SSH_CONNECTION);
  return [...new Set([...(own ? [own] : []), ...parents, ...sessionsIn(tcp4), ...sessionsIn(tcp6)])];
}

/** `SSH_CONNECTION` is the client's address and port, then the server's. Undefined for what is none. */
export function serverAddress(connection: string | undefined): string | undefined {
  const address = connection?.split(" ")[2]?.replace(/%.*/, "");
  return address !== undefined && isIP(address) ? unmapped(address) : undefined;
}

/** sudo and the like take the variable away; a parent's environment still has it, where it may be read. */
async function ofParents(): Promise<string[]> {
  const found: string[] = [];
  for (let pid = process.ppid, i = 0; pid > 1 && i < MAX_PARENTS; i++) {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    const value = environment.split("\0").find((line) => line.startsWith("SSH_CONNECTION="));
    const address = serverAddress(value?.slice("SSH_CONNECTION=".length));
    if (address) found.push(address);
    const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
    pid = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1] ?? 0);
  }
  return found;
}

/** The local addresses of established connections to the port of SSH in the kernel's table. */
export function sessionsIn(table: string): string[] {
  return table
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const [hex = "", port = ""] = local.split(":");
      if (state !== ESTABLISHED || Number.parseInt(port, 16) !== SSH_PORT) return [];
      const address = fromKernel(hex);
      return address ? [address] : [];
    });
}

/** Words of 32 bits in the machine's own order, as the table has them. */
function fromKernel(hex: string): string | undefined {
  if (!/^([0-9A-F]{8}){1,4}$/.test(hex)) return undefined;
  const words = (hex.match(/.{8}/g) ?? []).map((word) => Buffer.from(word, "hex").reverse());
  const bytes = Buffer.concat(words);
  if (bytes.length === 4) return formatAddress(bytes.readUInt32BE(0));
  if (bytes.length !== 16) return undefined;
  if (bytes.readUIntBE(0, 6) === 0 && bytes.readUInt32BE(6) === 0 && bytes.readUInt16BE(10) === 0xffff)
    return formatAddress(bytes.readUInt32BE(12));
  return canonical(Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16)).join(":"));
}

/** As `ip` writes it. */
export function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function unmapped(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return plain.includes(":") ? canonical(plain) : plain;
}
