/** A list with its head: title, a field that narrows it, a button that adds; and what it says when there is nothing. */

import { Plus, Search } from "lucide-react";
import { type ReactNode, useDeferredValue, useState } from "react";
import { IconButton } from "./button.tsx";
import { TextInput } from "./field.tsx";
import { List } from "./list.tsx";
import type { MenuAction } from "./menu.tsx";
import { Nothing, PaneHead } from "./pane.tsx";

interface SearchableListProps<T> {
  title: string;
  items: readonly T[];
  loading: boolean;
  /** Said where there is nothing. */
  empty: string;
  add: { label: string; run: () => void };
  /** More in its head. */
  tools?: ReactNode;
  keyOf: (item: T) => string;
  /** What the field looks in. */
  textOf: (item: T) => string;
  selected: string | undefined;
  onSelect: (item: T) => void;
  onOpen: (item: T) => void;
  onDelete: (item: T) => void;
  onToggle?: (item: T) => void;
  actionsOf?: (item: T) => readonly MenuAction[];
  row: (item: T) => ReactNode;
}

export function SearchableList<T>({
  title,
  items,
  loading,
  empty,
  add,
  tools,
  textOf,
  ...list
}: SearchableListProps<T>) {
  const [wanted, setWanted] = useState<string>();
  const filter = useDeferredValue(wanted?.trim().toLowerCase() ?? "");
  const shown = filter === "" ? items : items.filter((item) => textOf(item).toLowerCase().includes(filter));
  const body = () => {
    if (loading) return <Nothing>Loading…</Nothing>;
    if (items.length === 0) return <Nothing>{empty}</Nothing>;
    if (shown.length === 0) return <Nothing>Nothing matches “{filter}”.</Nothing>;
    return <List label={title} items={shown} {...list} />;
  };
  return (
    <>
      <PaneHead>
        <h1>{title}</h1>
        <div className="ml-auto flex min-w-0 items-center gap-1">
          {wanted !== undefined && (
            <TextInput
              aria-label={`Find in ${title.toLowerCase()}`}
              placeholder="Find"
              autoFocus
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
              onKeyDown={(event) => event.key === "Escape" && setWanted(undefined)}
              className="w-32"
            />
          )}
          <IconButton
            icon={Search}
            label={`Find in ${title.toLowerCase()}`}
            aria-pressed={wanted !== undefined}
            onClick={() => setWanted(wanted === undefined ? "" : undefined)}
          />
          {tools}
          <IconButton icon={Plus} label={add.label} onClick={add.run} />
        </div>
      </PaneHead>
      {body()}
    </>
  );
}
