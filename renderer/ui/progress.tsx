/** How far something is: a bar with a number where the whole is known, a moving one where it is not. */

import { cx } from "./class-names.ts";

export function ProgressBar({ label, done, total }: { label: string; done: number; total: number }) {
  const known = total > 0;
  const percent = known ? Math.min(100, (done / total) * 100) : undefined;
  return (
    <div
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent === undefined ? undefined : Math.round(percent)}
      className="h-1.5 overflow-hidden rounded-full bg-sunken"
    >
      <div
        className={cx(
          "h-full rounded-full bg-accent",
          known ? "transition-[width] duration-(--fast)" : "animate-pulse",
        )}
        style={{ width: `${percent ?? 100}%` }}
      />
    </div>
  );
}
