/** A tree of files: one choice, arrow keys, only the rows that can be seen are in the page. */

import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, File, FileSymlink, FileWarning, Folder } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef } from "react";
import type { ImageEntry } from "../../../shared/contract/image-contents.ts";
import { cx } from "../../ui/class-names.ts";
import { useNow } from "../../ui/clock.ts";
import { formatAgo, formatBytes } from "../../ui/format.ts";
import { type MenuAction, PointerMenu } from "../../ui/menu.tsx";
import { type Goal, goalOf, isChord, pageRows } from "../../ui/row-keys.ts";
import { type EntryRow, nameOf, type Order, parentOf, type Row } from "./rows.ts";

const ROW_PX = 28;
const INDENT_PX = 18;
/** Letters that are typed one after the other belong together for so long. */
const TYPING_MS = 600;

interface FileTreeProps {
  label: string;
  rows: readonly Row[];
  order: Order;
  onOrder: (order: Order) => void;
  chosen: string | undefined;
  onChoose: (entry: ImageEntry) => void;
  onToggle: (entry: ImageEntry, open: boolean) => void;
  /** Enter on what is no folder. */
  onOpen: (entry: ImageEntry) => void;
  /** Of a right click, or of the menu key on the chosen row. */
  actionsOf: (entry: ImageEntry) => readonly MenuAction[];
}

export function FileTree({
  label,
  rows,
  order,
  onOrder,
  chosen,
  onChoose,
  onToggle,
  onOpen,
  actionsOf,
}: FileTreeProps) {
  const scroller = useRef<HTMLDivElement>(null);
  /** What the menu is about. */
  const pointed = useRef<ImageEntry>(undefined);
  const baseId = useId();
  const typed = useRef({ text: "", at: 0 });
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const at = rows.findIndex((row) => row.kind === "entry" && row.entry.path === chosen);

  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);

  /** The next entry from there on: notes are no choice. */
  const nearest = ({ row: from, step }: Goal): EntryRow | undefined => {
    for (let n = from; rows[n]; n += step) {
      const row = rows[n];
      if (row?.kind === "entry") return row;
    }
    return undefined;
  };
  const choose = (row: EntryRow | undefined) => row && onChoose(row.entry);
  const typeAhead = (key: string) => {
    const now = Date.now();
    const text = (now - typed.current.at < TYPING_MS ? typed.current.text : "") + key.toLowerCase();
    typed.current = { text, at: now };
    // Another letter of the same name stays where it is; a first one goes on to the next.
    const from = text.length > 1 ? Math.max(0, at) : at + 1;
    const fits = (row: Row) => row.kind === "entry" && nameOf(row.entry.path).toLowerCase().startsWith(text);
    const found = [...rows.slice(from), ...rows.slice(0, from)].find(fits);
    if (found?.kind === "entry") onChoose(found.entry);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (isChord(event)) return;
    const row = rows[at];
    const current = row?.kind === "entry" ? row : undefined;
    const goal = goalOf(event.key, at, rows.length, pageRows(scroller.current, ROW_PX));
    const isFolder = current?.entry.type === "directory";
    if (goal) choose(nearest(goal));
    else if (event.key.length === 1 && event.key !== " ") typeAhead(event.key);
    else if (!current) return;
    else if (event.key === "ArrowRight" && isFolder && !current.isOpen) onToggle(current.entry, true);
    else if (event.key === "ArrowRight" && isFolder) choose(nearest({ row: at + 1, step: 1 }));
    else if (event.key === "ArrowLeft" && current.isOpen) onToggle(current.entry, false);
    else if (event.key === "ArrowLeft") {
      const above = rows.find((one) => one.kind === "entry" && one.entry.path === parentOf(current.entry.path));
      if (above?.kind === "entry") onChoose(above.entry);
    } else if ((event.key === "Enter" || event.key === " ") && isFolder) onToggle(current.entry, !current.isOpen);
    else if (event.key === "Enter" || event.key === " ") onOpen(current.entry);
    else return;
    event.preventDefault();
  };

  return (
    <div className="@container flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden rounded-m border border-line">
      {/* It leaves the room that the scrollbar of the rows takes. */}
      <div
        className={cx(
          columns,
          "h-7 shrink-0 overflow-y-hidden border-line border-b bg-bg px-3 text-fg-2 text-s [scrollbar-gutter:stable]",
        )}
      >
        <OrderButton
          label="Name"
          isOn={order === "name"}
          onClick={() => onOrder("name")}
          className="justify-self-start"
        />
        <OrderButton
          label="Size"
          isOn={order === "size"}
          onClick={() => onOrder("size")}
          className="justify-self-end"
        />
        <span className={cx("justify-self-end", changedColumn)}>Changed</span>
      </div>
      <PointerMenu label={`Actions in ${label}`} actions={() => (pointed.current ? actionsOf(pointed.current) : [])}>
        <div
          ref={scroller}
          role="tree"
          onContextMenuCapture={() => {
            const row = rows[at];
            pointed.current = row?.kind === "entry" ? row.entry : undefined;
          }}
          aria-label={label}
          aria-activedescendant={at >= 0 ? `${baseId}-${at}` : undefined}
          tabIndex={0}
          onKeyDown={onKeyDown}
          className="min-h-0 flex-1 overflow-y-auto outline-offset-[-2px] [scrollbar-gutter:stable]"
        >
          <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map(({ index, start }) => {
              const row = rows[index];
              if (!row) return null;
              const style = {
                transform: `translateY(${start}px)`,
                height: ROW_PX,
                paddingLeft: 12 + (row.level - 1) * INDENT_PX,
              };
              if (row.kind === "note")
                return (
                  <div
                    key={`${row.path}//`}
                    role="none"
                    style={style}
                    className="absolute inset-x-0 top-0 flex items-center pr-3 text-fg-3 text-s"
                  >
                    <span className="truncate pl-10">{row.text}</span>
                  </div>
                );
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys, its rows never have the focus
                <div
                  key={row.entry.path}
                  id={`${baseId}-${index}`}
                  role="treeitem"
                  tabIndex={-1}
                  aria-level={row.level}
                  aria-posinset={row.place}
                  aria-setsize={row.siblings}
                  aria-selected={index === at}
                  aria-expanded={row.entry.type === "directory" ? row.isOpen : undefined}
                  onClick={() => onChoose(row.entry)}
                  onContextMenu={() => {
                    pointed.current = row.entry;
                    onChoose(row.entry);
                  }}
                  onDoubleClick={() =>
                    row.entry.type === "directory" ? onToggle(row.entry, !row.isOpen) : onOpen(row.entry)
                  }
                  style={style}
                  className={cx(
                    columns,
                    "absolute inset-x-0 top-0 border-line border-b pr-3",
                    index === at ? "bg-accent-soft" : "hover:bg-sunken",
                  )}
                >
                  <Cells row={row} onToggle={onToggle} />
                </div>
              );
            })}
          </div>
        </div>
      </PointerMenu>
    </div>
  );
}

/** Beside a preview the names come first: when it was changed is left out. */
const columns =
  "grid grid-cols-[minmax(0,1fr)_80px_90px] items-center gap-x-2 @max-[360px]:grid-cols-[minmax(0,1fr)_70px]";
const changedColumn = "@max-[360px]:hidden";

interface OrderButtonProps {
  label: string;
  isOn: boolean;
  onClick: () => void;
  className: string;
}

function OrderButton({ label, isOn, onClick, className }: OrderButtonProps) {
  return (
    <button
      type="button"
      aria-pressed={isOn}
      title={`Sort by ${label.toLowerCase()}`}
      onClick={onClick}
      className={cx("rounded-s hover:text-fg aria-pressed:font-semibold aria-pressed:text-fg", className)}
    >
      {label}
    </button>
  );
}

function Cells({ row: { entry, isOpen }, onToggle }: { row: EntryRow; onToggle: FileTreeProps["onToggle"] }) {
  const now = useNow();
  const isFolder = entry.type === "directory";
  const Icon = entry.damage ? FileWarning : isFolder ? Folder : entry.type === "link" ? FileSymlink : File;
  return (
    <>
      <span className="flex min-w-0 items-center gap-1.5">
        {/* The twist is for the mouse; the tree's keys do the same, and say it. */}
        <span
          aria-hidden
          className={cx("grid size-4 shrink-0 place-items-center text-fg-3", !isFolder && "invisible")}
          onClick={(event) => {
            event.stopPropagation();
            onToggle(entry, !isOpen);
          }}
        >
          <ChevronRight className={cx("size-3.5 transition-transform duration-(--fast)", isOpen && "rotate-90")} />
        </span>
        <Icon
          aria-hidden
          className={cx("size-3.5 shrink-0", entry.damage ? "text-bad" : "text-fg-3")}
          strokeWidth={1.7}
        />
        <span className="truncate font-mono text-s">
          <bdi>{nameOf(entry.path)}</bdi>
          {entry.target !== undefined && (
            <span className="text-fg-3">
              {" → "}
              <bdi>{entry.target}</bdi>
            </span>
          )}
        </span>
        {entry.damage && <span className="truncate text-bad text-s">{entry.damage}</span>}
      </span>
      <span className="text-right text-fg-3 text-s tabular-nums">
        {entry.type === "link" ? "" : formatBytes(entry.sizeBytes)}
      </span>
      <span className={cx("whitespace-nowrap text-right text-fg-3 text-s tabular-nums", changedColumn)}>
        {entry.modifiedAt && formatAgo(Date.parse(entry.modifiedAt), now)}
      </span>
    </>
  );
}
