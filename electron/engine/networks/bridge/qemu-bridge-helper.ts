/** QEMU's own helper, which plugs an instance into a bridge that root allows it for (`/etc/qemu/bridge.conf`). */

import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

const places = [
  "/usr/lib/qemu/qemu-bridge-helper",
  "/usr/libexec/qemu-bridge-helper",
  "/usr/local/libexec/qemu-bridge-helper",
];
const CONFIGURATION = "/etc/qemu/bridge.conf";
const MAX_DEPTH = 4;
const SETUID = 0o4000;

/** Where it is, and works: its rights are root's, or ours are. With `anyRights`, where it is. */
export async function findBridgeHelper({ anyRights = process.geteuid?.() === 0 } = {}): Promise<string | undefined> {
  for (const path of places) {
    const facts = await stat(path).catch(() => undefined);
    if (facts?.isFile() && (anyRights || (facts.uid === 0 && (facts.mode & SETUID) !== 0))) return path;
  }
  return undefined;
}

export type Rule = { verb: "allow" | "deny"; bridge: string };

/** What can't be read allows nothing that we know of. */
export async function bridgeRules(path = CONFIGURATION, depth = 0): Promise<Rule[]> {
  if (depth > MAX_DEPTH) return [];
  const text = await readFile(path, "utf8").catch(() => "");
  const rules = text.split("\n").map(async (line): Promise<Rule[]> => {
    const [verb = "", what = ""] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (what === "") return [];
    if (verb === "allow" || verb === "deny") return [{ verb, bridge: what }];
    return verb === "include" ? bridgeRules(resolve(dirname(path), what), depth + 1) : [];
  });
  return (await Promise.all(rules)).flat();
}

/** As QEMU's helper judges it: a denial counts wherever it stands. */
export function isAllowed(bridge: string, rules: readonly Rule[]): boolean {
  const fits = (rule: Rule) => rule.bridge === "all" || rule.bridge === bridge;
  return (
    rules.some((rule) => rule.verb === "allow" && fits(rule)) &&
    !rules.some((rule) => rule.verb === "deny" && fits(rule))
  );
}
