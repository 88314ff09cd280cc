// @vitest-environment jsdom
import { expect, test } from "vitest";
import { keysInTerminal, shortcutOf, shortcuts } from "../platform/shortcuts.ts";

/** Where a key is pressed: in a console, or anywhere else. */
function pressed(where: "console" | "window", key: string, code: string, shiftKey = false) {
  const place = document.createElement("div");
  if (where === "console") place.className = "xterm";
  document.body.replaceChildren(place);
  let found: ReturnType<typeof shortcutOf>;
  place.addEventListener("keydown", (event) => {
    found = shortcutOf(event);
  });
  place.dispatchEvent(new KeyboardEvent("keydown", { key, code, shiftKey, ctrlKey: true, bubbles: true }));
  return found;
}

test.each([
  ["1", "Digit1", "instances"],
  ["2", "Digit2", "images"],
  ["4", "Digit4", "doctor"],
  [",", "Comma", "settings"],
])("Control with %s works in a console as everywhere", (key, code, id) => {
  expect([pressed("console", key, code), pressed("window", key, code)]).toEqual([id, id]);
});

test.each([
  ["k", "KeyK", "palette"],
  ["n", "KeyN", "new"],
  ["f", "KeyF", "find"],
  ["/", "Slash", "shortcuts"],
])("Control with %s is the program's in a console; with Shift it is the window's", (key, code, id) => {
  expect(pressed("console", key, code)).toBeUndefined();
  expect(pressed("console", key.toUpperCase(), code, true)).toBe(id);
  expect(pressed("window", key, code)).toBe(id);
});

test.each([
  ["!", "Digit1", "instances"],
  ["?", "Slash", "shortcuts"],
  ["K", "KeyK", "palette"],
])("Shift may be held with every shortcut, whatever %s it types then", (key, code, id) => {
  expect([pressed("console", key, code, true), pressed("window", key, code, true)]).toEqual([id, id]);
});

test("every shortcut has its keys in a console", () => {
  expect(shortcuts.map(keysInTerminal)).toEqual([
    "Ctrl Shift K",
    "Ctrl Shift N",
    "Ctrl Shift F",
    "Ctrl 1",
    "Ctrl 2",
    "Ctrl 3",
    "Ctrl 4",
    "Ctrl ,",
    "Ctrl Shift /",
  ]);
});
