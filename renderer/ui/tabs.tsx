/** Tabs over a detail; the chosen one's panel fills what is left. */

import { Tabs as Base } from "@base-ui/react/tabs";
import type { ReactNode } from "react";

interface TabsProps<Id extends string> {
  label: string;
  tabs: readonly { id: Id; title: string; content: ReactNode }[];
  value: Id;
  onChange: (id: Id) => void;
}

export function Tabs<Id extends string>({ label, tabs, value, onChange }: TabsProps<Id>) {
  const choose = (next: unknown) => {
    const tab = tabs.find(({ id }) => id === next);
    if (tab) onChange(tab.id);
  };
  return (
    <Base.Root value={value} onValueChange={choose} className="flex min-h-0 flex-1 flex-col">
      <Base.List
        aria-label={label}
        // Arrows move, Enter and Space choose: focus that comes back here from a dialog must not change the panel.
        activateOnFocus={false}
        className="flex h-9 min-w-0 shrink-0 items-end gap-0.5 overflow-x-auto border-line border-b px-3 [scrollbar-width:none]"
      >
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            // As wide as it is in bold, so that the others stay in their places when it is chosen.
            data-title={tab.title}
            className="after:invisible after:block after:h-0 after:overflow-hidden after:font-semibold after:content-[attr(data-title)] border-transparent border-b-2 px-2.5 outline-offset-[-2px] pt-[7px] pb-2 text-fg-2 hover:text-fg data-active:border-accent data-active:font-semibold data-active:text-fg"
          >
            {tab.title}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel
          key={tab.id}
          value={tab.id}
          tabIndex={-1}
          // The one that goes is there for a moment more: not in sight, or both would have half of the room.
          className="flex min-h-0 flex-1 flex-col outline-none data-ending-style:hidden"
        >
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
