/** The list of keys. */

import { chord, localKeys, shortcuts } from "../platform/shortcuts.ts";
import { Dialog } from "../ui/dialog.tsx";

export function ShortcutsSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const rows = [...shortcuts.map(({ does, key }) => ({ does, keys: chord(key) })), ...localKeys];
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className="overflow-y-auto px-5 pb-4">
        {rows.map(({ does, keys }) => (
          <div key={does} className="flex items-center gap-6 border-line border-t py-1.5">
            <dt className="text-fg-2">{does}</dt>
            <dd className="ml-auto shrink-0">
              <kbd className="rounded-s border border-line bg-sunken px-1.5 text-xs">{keys}</kbd>
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
