/** A button that opens a list of actions, each with the keys that do the same. */

import { Menu as Base } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import { IconButton } from "./button.tsx";
import { cx } from "./class-names.ts";

export interface MenuAction {
  label: string;
  run: () => void;
  keys?: string;
  bad?: boolean;
  disabled?: boolean;
}

export function MoreMenu({ label, actions }: { label: string; actions: readonly MenuAction[] }) {
  return (
    <Base.Root>
      <Base.Trigger render={<IconButton icon={Ellipsis} label={label} />} />
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={4} className="z-40">
          <Base.Popup className="enter-fade min-w-44 rounded-m border border-line bg-raised p-1 shadow-sheet outline-none">
            {actions.map((action) => (
              <Base.Item
                key={action.label}
                disabled={action.disabled}
                onClick={action.run}
                className={cx(
                  "flex h-7 cursor-default items-center gap-6 rounded-s px-2.5 outline-none data-disabled:opacity-45 data-highlighted:bg-accent-soft",
                  action.bad && "text-bad",
                )}
              >
                {action.label}
                {action.keys && <kbd className="ml-auto text-fg-3 text-xs">{action.keys}</kbd>}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
