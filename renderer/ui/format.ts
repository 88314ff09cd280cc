/** Numbers, sizes and times as people read them. Sizes count in 1024s and say KB, MB, GB, as QEMU and OPS do. */

const UNITS = ["B", "KB", "MB", "GB", "TB"] as const;

/** `612 B`, `220 KB`, `7.1 MB`: two digits that matter, at least. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit > 0 && value < 9.95 && !Number.isInteger(value) ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A span of time at its own scale: `18 ms`, `1.8 s`, `3 m`, `2 h`, `5 d`. */
export function formatSpan(ms: number): string {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} m`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)} h`;
  return `${Math.floor(ms / 86_400_000)} d`;
}

/** Seconds with two places, for times that are compared: `0.09 s`. */
export const formatSeconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

/** How long ago: `just now`, `2 min ago`, `3 h ago`, `yesterday`, `12 Nov`, `12 Nov 2025`. */
export function formatAgo(at: number, now: number): string {
  const ms = now - at;
  if (ms < 10_000) return "just now";
  if (ms < 60_000) return `${Math.floor(ms / 1000)} s ago`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min ago`;
  const then = new Date(at);
  const today = new Date(now);
  if (then.toDateString() === today.toDateString()) return `${Math.floor(ms / 3_600_000)} h ago`;
  const yesterday = new Date(now);
  yesterday.setDate(yesterday.getDate() - 1);
  if (then.toDateString() === yesterday.toDateString()) return "yesterday";
  const sameYear = then.getFullYear() === today.getFullYear();
  return then.toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  });
}

/** A moment of today's clock with thousandths: `22:47:03.120`. */
export function formatClock(at: number): string {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, "0"));
  return `${time.join(":")}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}

/** `2026-11-24 04:05:06.789`, always as long. */
export function formatMoment(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${day.join("-")} ${formatClock(at)}`;
}

/** `1 task`, `3 tasks`. */
export const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
