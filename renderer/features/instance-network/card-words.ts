/** What a card of an instance leads to, in words. */

/** The one that ports lead to. */
export const USER_CARD = "net0";
const PRIVATE = "private-";

export function cardWords(card: string): string {
  if (card === USER_CARD) return "Through the host";
  if (card.startsWith(PRIVATE)) return `Network ${card.slice(PRIVATE.length)}`;
  const bridge = /^bridge-\d+-(.*)$/.exec(card)?.[1];
  return bridge === undefined ? card : `Bridge ${bridge}`;
}
