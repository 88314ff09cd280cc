/** What menus, the tray and links of the desktop ask of this page. What comes before somebody obeys waits. */

import { ACTION_MESSAGE, type WindowAction } from "../../shared/window-action.ts";

const waiting: WindowAction[] = [];
let obey: ((action: WindowAction) => void) | undefined;

if (window.unideckHost)
  window.addEventListener("message", ({ source, data }) => {
    if (source !== window || !isAction(data)) return;
    if (obey) obey(data[1]);
    else waiting.push(data[1]);
  });

/** Only our own preload and this page itself can send a message from this window to itself. */
const isAction = (data: unknown): data is [string, WindowAction] => Array.isArray(data) && data[0] === ACTION_MESSAGE;

/** Answers how to take that back. */
export function onWindowAction(listener: (action: WindowAction) => void): () => void {
  obey = listener;
  for (const action of waiting.splice(0)) listener(action);
  return () => {
    if (obey === listener) obey = undefined;
  };
}
