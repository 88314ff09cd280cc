/** The window's keys: one table that is obeyed, shown in menus and listed in the sheet. */

/** Command on a Mac, Control elsewhere. */
const isMac = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.userAgent);

export interface Shortcut {
  id: "palette" | "shortcuts" | "new" | "find" | "instances" | "images" | "networks" | "doctor" | "settings";
  does: string;
  key: string;
}

/** Each with the command key of the system. */
export const shortcuts: readonly Shortcut[] = [
  { id: "palette", does: "Search or run a command", key: "k" },
  { id: "new", does: "Choose a program to build", key: "n" },
  { id: "find", does: "Find in the console", key: "f" },
  { id: "instances", does: "Instances", key: "1" },
  { id: "images", does: "Images", key: "2" },
  { id: "networks", does: "Networks", key: "3" },
  { id: "doctor", does: "Doctor", key: "4" },
  { id: "settings", does: "Settings", key: "," },
  { id: "shortcuts", does: "This list", key: "/" },
];

/** Keys that belong to one place: told in the list, obeyed there. */
export const localKeys: readonly { does: string; keys: string }[] = [
  { does: "Move in a list", keys: "↑ ↓" },
  { does: "Open the selected item", keys: "⏎" },
  { does: "Start or stop the selected instance", keys: "Space" },
  { does: "Delete the selected item", keys: "Del" },
  { does: "Build and run, in the build sheet", keys: chord("⏎") },
  { does: "Follow the console", keys: "⏎" },
  { does: "Next match, previous match", keys: "⏎ ⇧⏎" },
  { does: "Close a sheet or dialog", keys: "Esc" },
];

/** `⌘K` or `Ctrl K`. */
export function chord(key: string): string {
  return isMac ? `⌘${key.toUpperCase()}` : `Ctrl ${key.toUpperCase()}`;
}

/** `inTerminal`: while a console has the focus. */
export function keysOf(id: Shortcut["id"], inTerminal = false): string {
  const shortcut = shortcuts.find((one) => one.id === id);
  if (!shortcut) return "";
  return inTerminal ? keysInTerminal(shortcut) : chord(shortcut.key);
}

/** Whether the system's command key is down, without the keys that would make it another. */
export const hasCommandKey = (event: { metaKey: boolean; ctrlKey: boolean; altKey: boolean }) =>
  (isMac ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey) && !event.altKey;

/**
 * Copying out of a console, which is done with what is selected there alone: Control+C without that is the guest's.
 */
export const isCopy = (event: KeyboardEvent) => hasCommandKey(event) && event.key.toLowerCase() === "c";

/** Keys by their place too: with Shift held, `1` is `!` and `/` is `?`. */
const codes: Readonly<Record<string, string>> = {
  Digit1: "1",
  Digit2: "2",
  Digit3: "3",
  Digit4: "4",
  Comma: ",",
  Slash: "/",
};

/** Control with these is input for a terminal: `^K`, `^N`, `^F`, and `^_`, which is typed with the slash. */
const isTerminalInput = (key: string) => /^[a-z/]$/.test(key);

/**
 * Shift may be held with every shortcut. In a terminal it has to be, with those that a program could want, where there is no
 * Command key; all others work there as everywhere.
 */
export function shortcutOf(event: KeyboardEvent): Shortcut["id"] | undefined {
  if (!hasCommandKey(event)) return undefined;
  const typed = event.key.toLowerCase();
  const found =
    shortcuts.find(({ key }) => key === typed) ??
    (event.shiftKey ? shortcuts.find(({ key }) => key === codes[event.code]) : undefined);
  if (!found) return undefined;
  return needsShift(found) && isInTerminal(event.target) && !event.shiftKey ? undefined : found.id;
}

const needsShift = ({ key }: Shortcut) => !isMac && isTerminalInput(key);

/** Whether what has the focus is a console. */
export const isInTerminal = (target: EventTarget | null) =>
  target instanceof Element && target.closest(".xterm") !== null;

/** The keys of a shortcut in a console: `Ctrl Shift K`. */
export const keysInTerminal = (shortcut: Shortcut) =>
  needsShift(shortcut) ? `Ctrl Shift ${shortcut.key.toUpperCase()}` : chord(shortcut.key);

const finders = new Set<() => void>();

/** Who has a field to find with says so while it is on screen. Answers how to take that back. */
export function onFind(focus: () => void): () => void {
  finders.add(focus);
  return () => {
    finders.delete(focus);
  };
}

/** Answers whether somebody took the key. */
export function find(): boolean {
  const focus = [...finders].at(-1);
  focus?.();
  return focus !== undefined;
}
