/** The console's colours and font, read from the tokens: they are the same in light and dark. */

import type { ITheme } from "@xterm/xterm";

export interface ConsolePalette {
  background: string;
  foreground: string;
  fontFamily: string;
  /** The escape sequence that begins dimmed text; `ESC [ 39 m` ends it. */
  dim: string;
  green: string;
  yellow: string;
  red: string;
  blue: string;
}

export function consolePalette(): ConsolePalette {
  const tokens = getComputedStyle(document.documentElement);
  const token = (name: string, otherwise: string) => tokens.getPropertyValue(name).trim() || otherwise;
  const dim = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(token("--console-dim", "#7a7a86"));
  const [red, green, blue] = (dim?.slice(1) ?? ["7a", "7a", "86"]).map((part) => Number.parseInt(part, 16));
  return {
    background: token("--console-bg", "#131316"),
    foreground: token("--console-fg", "#d8d8e0"),
    fontFamily: token("--mono", "monospace"),
    dim: `\x1b[38;2;${red};${green};${blue}m`,
    green: token("--console-green", "#6bd49a"),
    yellow: token("--console-yellow", "#e9c46a"),
    red: token("--console-red", "#ff8088"),
    blue: token("--console-blue", "#8fb4ff"),
  };
}

export const terminalTheme = ({ background, foreground, green, yellow, red, blue }: ConsolePalette): ITheme => ({
  background,
  foreground,
  cursor: foreground,
  cursorAccent: background,
  selectionBackground: "#8d82ff66",
  green,
  brightGreen: green,
  yellow,
  brightYellow: yellow,
  red,
  brightRed: red,
  blue,
  brightBlue: blue,
});

/** How found text is marked; xterm wants the colours in full. */
export const searchMarks = {
  matchBackground: "#4a4488",
  matchOverviewRuler: "#8d82ff",
  activeMatchBackground: "#6f63e8",
  activeMatchColorOverviewRuler: "#b6afff",
} as const;
