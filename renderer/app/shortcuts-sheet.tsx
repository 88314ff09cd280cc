/** The list of keys, with what they are in a console. */

import type { ReactNode } from "react";
import { chord, keysInTerminal, localKeys, shortcuts } from "../platform/shortcuts.ts";
import { Dialog } from "../ui/dialog.tsx";

export function ShortcutsSheet({ open, onClose }: { open: boolean; onClose: () => void }) {
  const different = shortcuts.some((shortcut) => keysInTerminal(shortcut) !== chord(shortcut.key));
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <div className="overflow-y-auto px-5 pb-4">
        {different && (
          <p className="pb-2.5 text-fg-2 text-s">
            In a console, Ctrl with a letter or the slash goes to the program: hold Shift as well. All other shortcuts
            work there unchanged.
          </p>
        )}
        <dl>
          {shortcuts.map((shortcut) => {
            const inConsole = keysInTerminal(shortcut);
            const keys = chord(shortcut.key);
            return (
              <Row key={shortcut.id} does={shortcut.does}>
                <Keys>{keys}</Keys>
                {inConsole !== keys && (
                  <>
                    <span className="text-fg-3 text-s">in a console</span>
                    <Keys>{inConsole}</Keys>
                  </>
                )}
              </Row>
            );
          })}
          {localKeys.map(({ does, keys }) => (
            <Row key={does} does={does}>
              <Keys>{keys}</Keys>
            </Row>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}

function Row({ does, children }: { does: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-x-6 border-line border-t py-1.5">
      <dt className="text-fg-2">{does}</dt>
      <dd className="ml-auto flex shrink-0 items-center gap-2">{children}</dd>
    </div>
  );
}

const Keys = ({ children }: { children: string }) => (
  <kbd className="rounded-s border border-line bg-sunken px-1.5 text-xs">{children}</kbd>
);
