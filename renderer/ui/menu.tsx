/** Lists of actions, each with the keys that do the same: behind a button, or where the pointer is. */

import { ContextMenu } from "@base-ui/react/context-menu";
import { Menu as Base } from "@base-ui/react/menu";
import { Ellipsis } from "lucide-react";
import { type ReactElement, useState } from "react";
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
          <Base.Popup className={popup}>
            <Actions actions={actions} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** The menu of a right click, or of its key, on what is inside. */
export function PointerMenu({
  label,
  actions,
  children,
}: {
  label: string;
  /** Asked for when the menu opens. */
  actions: () => readonly MenuAction[];
  children: ReactElement;
}) {
  const [shown, show] = useState<readonly MenuAction[]>([]);
  return (
    <ContextMenu.Root
      onOpenChange={(isOpen) => {
        if (isOpen) show(actions());
      }}
    >
      <ContextMenu.Trigger render={children} />
      <ContextMenu.Portal>
        <ContextMenu.Positioner className="z-40">
          <ContextMenu.Popup aria-label={label} className={popup}>
            <Actions actions={shown} />
          </ContextMenu.Popup>
        </ContextMenu.Positioner>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

const popup = "enter-fade min-w-44 rounded-m border border-line bg-raised p-1 shadow-sheet outline-none empty:hidden";

function Actions({ actions }: { actions: readonly MenuAction[] }) {
  return actions.map((action) => (
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
  ));
}
