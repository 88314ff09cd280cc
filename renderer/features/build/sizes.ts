/** Sizes as people type them: `256`, `256M`, `256 MB`, `1.5G`; a bare number means megabytes. Pure. */

const factors: Readonly<Record<string, number>> = { "": 2 ** 20, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes, whole ones; undefined where `text` is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(?:([kmgt])i?b?|(b))?$/i.exec(text.trim());
  if (!match) return undefined;
  const factor = factors[(match[2] ?? match[3] ?? "").toLowerCase()];
  return factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}
