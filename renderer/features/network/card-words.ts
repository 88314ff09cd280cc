/** What a card of an instance leads to, in words. */

const PRIVATE = "private-";

export function cardWords(card: string): string {
  if (card === "net0") return "What this machine reaches";
  return card.startsWith(PRIVATE) ? `Network ${card.slice(PRIVATE.length)}` : card;
}
