/** The command palette: every action and every object, found by typing. */

import { defaultFilter, Command as Menu } from "cmdk";
import { useMemo } from "react";
import type { Command } from "../frame/screen.ts";
import { useClient } from "../platform/client.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { commandGroups } from "./commands.ts";

interface PaletteProps {
  open: boolean;
  onClose: () => void;
  openShortcuts: () => void;
}

export function Palette({ open, onClose, openShortcuts }: PaletteProps) {
  return (
    <Dialog open={open} onClose={onClose} title="Search or run a command" titleHidden>
      <PaletteMenu onClose={onClose} openShortcuts={openShortcuts} />
    </Dialog>
  );
}

/**
 * By what can be read, not by the ids that tell commands apart; each word that is typed has to be there as it is. Letters that
 * only come in that order would find nearly everything.
 */
function byWords(_id: string, search: string, keywords: string[] = []): number {
  const text = keywords.join(" ").toLowerCase();
  const words = search.toLowerCase().split(/\s+/);
  return words.reduce((score, word) => (text.includes(word) ? score * defaultFilter(text, word) : 0), 1);
}

/** Mounted while the palette is open: its commands are those of that moment. */
function PaletteMenu({ onClose, openShortcuts }: Omit<PaletteProps, "open">) {
  const client = useClient();
  const groups = useMemo(() => commandGroups(client, openShortcuts), [client, openShortcuts]);
  const choose = (command: Command) => {
    onClose();
    command.run();
  };
  return (
    <Menu label="Commands" loop filter={byWords} className="flex min-h-0 flex-col">
      <Menu.Input
        autoFocus
        placeholder="Search or run a command"
        className="h-11 shrink-0 border-line border-b bg-transparent px-4 text-l outline-none"
      />
      <Menu.List className="min-h-0 overflow-y-auto p-1.5">
        <Menu.Empty className="p-6 text-center text-fg-3">No matches</Menu.Empty>
        {groups.map(({ title, commands }) => (
          <Menu.Group
            key={title}
            heading={title}
            className="**:[[cmdk-group-heading]]:px-2.5 **:[[cmdk-group-heading]]:py-1.5 **:[[cmdk-group-heading]]:text-fg-3 **:[[cmdk-group-heading]]:text-xs"
          >
            {commands.map((command) => (
              <Menu.Item
                key={command.id}
                value={command.id}
                keywords={[command.label, command.note ?? ""]}
                onSelect={() => choose(command)}
                className="flex h-8 cursor-default items-center gap-3 rounded-s px-2.5 data-[selected=true]:bg-accent-soft"
              >
                <span className="truncate">{command.label}</span>
                {command.note && <span className="truncate text-fg-3 text-s">{command.note}</span>}
                {command.keys && <kbd className="ml-auto text-fg-3 text-xs">{command.keys}</kbd>}
              </Menu.Item>
            ))}
          </Menu.Group>
        ))}
      </Menu.List>
    </Menu>
  );
}
