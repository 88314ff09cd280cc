/** Which bridges there are, from all that is known of them. */

import type { Bridge, BridgeSpec } from "../../../../shared/contract/bridges.ts";
import type { BridgeFolder } from "./bridge-folder.ts";
import type { HostState } from "./host-state.ts";

/** Pure: what the helper has made, what is wished for and not there, and what others have made. */
export function viewBridges(
  folders: readonly BridgeFolder[],
  spec: readonly BridgeSpec[],
  { links }: Pick<HostState, "links">,
  foreign: readonly string[],
): Bridge[] {
  const addressesOf = (name: string) =>
    links.find((link) => link.name === name)?.addresses.map(({ cidr }) => cidr) ?? [];
  const made = folders.map(
    ({ name, state, uplink, taps, deadline, said }): Bridge => ({
      ...{ name, state, uplink, taps, addresses: addressesOf(name) },
      wish: spec.find((wish) => wish.name === name),
      undoneAt: state === "waiting" ? deadline : undefined,
      said: said || undefined,
    }),
  );
  const isMade = (name: string) => made.some((one) => one.name === name);
  const absent = spec
    .filter(({ name }) => !isMade(name))
    .map((wish): Bridge => ({ name: wish.name, state: "absent", uplink: wish.uplink, addresses: [], taps: [], wish }));
  const others = foreign
    .filter((name) => !isMade(name) && !absent.some((one) => one.name === name))
    .map((name): Bridge => ({ name, state: "foreign", addresses: addressesOf(name), taps: [] }));
  return [...made, ...absent, ...others].sort((a, b) => (a.name < b.name ? -1 : 1));
}
