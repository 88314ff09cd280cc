/** The list beside a detail: one choice, arrow keys, only the rows that can be seen are in the page. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef } from "react";
import { cx } from "./class-names.ts";
import { type MenuAction, PointerMenu } from "./menu.tsx";
import { goalOf, isChord, pageRows } from "./row-keys.ts";

const ROW_PX = 52;

interface ListProps<T> {
  label: string;
  items: readonly T[];
  keyOf: (item: T) => string;
  selected: string | undefined;
  onSelect: (item: T) => void;
  /** Enter or a click. */
  onOpen: (item: T) => void;
  onDelete: (item: T) => void;
  /** Space. */
  onToggle?: ((item: T) => void) | undefined;
  /** What a right click on a row offers. */
  actionsOf?: ((item: T) => readonly MenuAction[]) | undefined;
  row: (item: T) => ReactNode;
}

export function List<T>({
  label,
  items,
  keyOf,
  selected,
  onSelect,
  onOpen,
  onDelete,
  onToggle,
  actionsOf,
  row,
}: ListProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const baseId = useId();
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : keyOf(item);
    },
    overscan: 8,
  });
  /** The row under the pointer at the latest right click; by the key it is the selected one. */
  const pointed = useRef<T>(undefined);
  const at = items.findIndex((item) => keyOf(item) === selected);

  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (isChord(event)) return;
    const item = items[at];
    const goal = goalOf(event.key, at, items.length, pageRows(scroller.current, ROW_PX));
    if (goal) {
      const target = items[goal.row];
      if (target !== undefined) onSelect(target);
    } else if (item === undefined) return;
    else if (event.key === "Enter") onOpen(item);
    else if (event.key === "Delete" || event.key === "Backspace") onDelete(item);
    else if (event.key === " " && onToggle) onToggle(item);
    else return;
    event.preventDefault();
  };

  const list = (
    <div
      ref={scroller}
      role="listbox"
      onContextMenuCapture={() => {
        pointed.current = items[at];
      }}
      aria-label={label}
      aria-activedescendant={at >= 0 ? `${baseId}-${at}` : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="min-h-0 flex-1 overflow-y-auto outline-offset-[-2px]"
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          return (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the listbox has the keys, its options never have the focus
            <div
              key={key}
              id={`${baseId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              aria-setsize={items.length}
              aria-posinset={index + 1}
              onClick={() => onOpen(item)}
              onContextMenu={() => {
                pointed.current = item;
                if (actionsOf) onSelect(item);
              }}
              style={{ transform: `translateY(${start}px)`, height: ROW_PX }}
              className={cx(
                "absolute inset-x-0 top-0 grid grid-cols-[18px_1fr_auto] items-center gap-x-2 border-line border-b pr-3.5 pl-3",
                index === at ? "bg-accent-soft" : "hover:bg-sunken",
              )}
            >
              {row(item)}
            </div>
          );
        })}
      </div>
    </div>
  );
  if (!actionsOf) return list;
  const actions = () => (pointed.current === undefined ? [] : actionsOf(pointed.current));
  return (
    <PointerMenu label={`Actions in ${label.toLowerCase()}`} actions={actions}>
      {list}
    </PointerMenu>
  );
}

/** The two lines left and right of a row. */
export function RowText({
  title,
  below,
  right,
  rightBelow,
}: Record<"title" | "below" | "right" | "rightBelow", ReactNode>) {
  return (
    <>
      <div className="min-w-0">
        <div className="truncate font-semibold">{title}</div>
        <div className="truncate text-fg-3 text-s">{below}</div>
      </div>
      <div className="text-right text-fg-2 text-s tabular-nums leading-[18px]">
        <div className="max-w-40 truncate">{right}</div>
        <div className="whitespace-nowrap">{rightBelow}</div>
      </div>
    </>
  );
}
