/** Which interface of a guest is which: private networks in their order, then bridges, then the card that connects out. Pure. */

import type { Attachment } from "../../shared/contract/bridges.ts";
import type { Instance } from "../../shared/contract/instances.ts";

const nameAt = (place: number) => `en${place + 1}`;

export function isOnBridge(attachment: Attachment, bridge: string): boolean {
  return attachment.kind === "bridge" && attachment.bridge === bridge;
}

/** Number ten comes after nine. */
export const byName = (a: string, b: string) => a.localeCompare(b, undefined, { numeric: true });

/** The one on the bridge. */
export function interfaceOn(bridge: string, { networks, bridges }: Instance): string {
  return nameAt(networks.length + bridges.findIndex((one) => isOnBridge(one, bridge)));
}

/** The bridge that it is on. */
export function bridgeOf(name: string, { networks, bridges }: Instance): string | undefined {
  const attachment = bridges.find((_, place) => name === nameAt(networks.length + place));
  return attachment?.kind === "bridge" ? attachment.bridge : undefined;
}

/** The one that leads to where this machine can go, where there is such a card. */
export const wayOutInterface = ({ networks, bridges }: Instance) => nameAt(networks.length + bridges.length);

/** The address of an interface, once it has one. */
export function addressAt(name: string, { addresses }: Instance): string | undefined {
  return addresses.find((one) => one.interface === name)?.address;
}

/** Its address on the bridge, once it has one. */
export const addressOn = (bridge: string, instance: Instance) => addressAt(interfaceOn(bridge, instance), instance);
