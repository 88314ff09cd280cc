/** What network cards are called: in captures, in counters and in the hypervisor. */

/** The card that leads to where the host can go. */
export const USER_CARD = "net0";

/** The card in a private network. */
export const privateCard = (network: string) => `private-${network}`;

/** The card of the instance's attachment `i` to a network of the host. */
export const bridgeCard = (i: number, network: string) => `bridge-${i}-${network}`;
