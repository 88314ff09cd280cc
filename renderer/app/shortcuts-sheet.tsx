/** The list of keys. */

import { Dialog } from "../ui/dialog.tsx";
import { chord, localKeys, shortcuts } from "./shortcuts.ts";

export function ShortcutsSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const rows = [...shortcuts.map(({ does, key }) => ({ does, keys: chord(key) })), ...localKeys];
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className="grid grid-cols-[1fr_auto] gap-x-6 overflow-y-auto px-5 pb-5">
        {rows.map(({ does, keys }) => (
          <div key={does} className="contents">
            <dt className="border-line border-b py-1.5 text-fg-2">{does}</dt>
            <dd className="border-line border-b py-1.5 text-right">
              <kbd className="rounded-s border border-line bg-sunken px-1.5 text-xs">{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
