/** Sizes as people type them: `256`, `256M`, `256 MB`, `1.5G`; a bare number means megabytes. Pure. */

const factors: Readonly<Record<string, number>> = { "": 2 ** 20, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** Bytes, whole ones; undefined where `text` is no size. */
export function parseSize(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*(?:([kmgt])i?b?|(b))?$/i.exec(text.trim());
  if (!match) return undefined;
  const factor = factors[(match[2] ?? match[3] ?? "").toLowerCase()];
  return factor === undefined ? undefined : Math.round(Number(match[1]) * factor);
}

/** Text that means so many bytes: `64 MB`, `1000b`; beyond nine digits of bytes, whole kilobytes that hold them. */
export function textOfSize(bytes: number): string {
  if (bytes % 2 ** 20 === 0) return `${bytes / 2 ** 20} MB`;
  return bytes < 1e9 ? `${bytes}b` : `${Math.ceil(bytes / 1024)} KB`;
}
