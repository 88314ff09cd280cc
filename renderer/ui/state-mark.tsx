/** States, as a shape and a colour and, in a chip, a word: never by colour alone. */

import { cx } from "./class-names.ts";

export type Tone = "ok" | "busy" | "bad" | "off";

const shapes: Record<Tone, string> = {
  ok: "rounded-full bg-ok ring-3 ring-ok-soft",
  busy: "rounded-full bg-busy mask-[linear-gradient(90deg,#000_50%,#0006_50%)]",
  bad: "rotate-45 rounded-[2px] bg-bad",
  off: "rounded-full border-2 border-off",
};

export function StateDot({ tone }: { tone: Tone }) {
  return <i aria-hidden className={cx("block size-[9px] shrink-0 justify-self-center", shapes[tone])} />;
}

const glyphs: Record<Tone, string> = { ok: "●", busy: "◐", bad: "◆", off: "○" };
const chips: Record<Tone, string> = {
  ok: "bg-ok-soft text-ok",
  busy: "bg-busy-soft text-busy",
  bad: "bg-bad-soft text-bad",
  off: "bg-sunken text-fg-2",
};

const chip =
  "inline-flex h-5 shrink-0 items-center gap-1 whitespace-nowrap rounded-full px-2 font-semibold text-xs tabular-nums";

export function StateChip({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={cx(chip, chips[tone])}>
      <span aria-hidden>{glyphs[tone]}</span>
      {children}
    </span>
  );
}

/** A short remark; its words say all, so it needs no shape. */
export function Chip({ tone, children }: { tone: Tone; children: string }) {
  return <span className={cx(chip, chips[tone])}>{children}</span>;
}
