/** A list and a detail with a divider that moves; one column where the window is narrow. */

import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from "react";
import { cx } from "./class-names.ts";

const KEY_STEP_PX = 16;
/** What the tabs and tools of a detail need; where that is not there, the list gives way. */
const LEAST_DETAIL_PX = 444;

interface SplitProps {
  list: ReactNode;
  detail: ReactNode;
  listWidthPx: number;
  limits: { min: number; max: number };
  onListWidth: (px: number) => void;
  /** In one column: whether the detail is in front. */
  detailOpen: boolean;
}

export function Split({ list, detail, listWidthPx, limits, onListWidth, detailOpen }: SplitProps) {
  const box = useRef<HTMLDivElement>(null);
  const listBox = useRef<HTMLDivElement>(null);
  const onPointerMove = (event: PointerEvent) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return;
    onListWidth(event.clientX - box.current.getBoundingClientRect().left);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: -KEY_STEP_PX, ArrowRight: KEY_STEP_PX }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    // As wide as it is: it may have had to give way.
    onListWidth((listBox.current?.offsetWidth || listWidthPx) + step);
  };
  return (
    <div
      ref={box}
      style={{ "--list": `minmax(${limits.min}px,${listWidthPx}px)`, "--detail": `minmax(${LEAST_DETAIL_PX}px,1fr)` }}
      className="grid min-h-0 min-w-0 flex-1 grid-cols-[var(--list)_0_var(--detail)] bg-surface max-wide:grid-cols-[minmax(0,1fr)]"
    >
      <div
        ref={listBox}
        className={cx("flex min-h-0 min-w-0 flex-col border-line border-r", detailOpen && "max-wide:hidden")}
      >
        {list}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that moves has no element of its own */}
      <div
        role="separator"
        aria-label="Width of the list"
        aria-orientation="vertical"
        aria-valuenow={listWidthPx}
        aria-valuemin={limits.min}
        aria-valuemax={limits.max}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        className="relative z-10 -ml-1 w-2 cursor-col-resize touch-none hover:bg-accent/20 focus-visible:bg-accent/30 max-wide:hidden"
      />
      <div className={cx("flex min-h-0 min-w-0 flex-col", !detailOpen && "max-wide:hidden")}>{detail}</div>
    </div>
  );
}
