/**
 * What a guest writes is untrusted. The terminal draws it, and nothing more: no title, no clipboard, no change of
 * colours that would hide what follows, no answer to a question that was asked long ago, no link but to the web.
 */

import type { IDisposable, ILinkHandler, Terminal } from "@xterm/xterm";

/** Operating system commands that reach beyond the screen: title, icon, colours, folder, clipboard, notifications. */
const OSC_IGNORED = [
  0, 1, 2, 4, 5, 7, 9, 10, 11, 12, 13, 14, 17, 19, 52, 99, 104, 105, 110, 111, 112, 117, 119, 777, 1337,
];

/** Sequences that a terminal answers: device attributes, status reports, mode requests (ECMA-48, DEC). */
const QUESTIONS = [
  { final: "c" },
  { prefix: ">", final: "c" },
  { prefix: "=", final: "c" },
  { final: "n" },
  { prefix: "?", final: "n" },
  { intermediates: "$", final: "p" },
  { prefix: "?", intermediates: "$", final: "p" },
  { prefix: ">", final: "q" },
] as const;

/** `mayAnswer`: whether the guest that asks is there now; a replayed log must not type on anybody's console. */
export function makeHarmless(terminal: Terminal, mayAnswer: () => boolean): IDisposable[] {
  const { parser } = terminal;
  return [
    ...OSC_IGNORED.map((code) => parser.registerOscHandler(code, () => true)),
    ...QUESTIONS.map((id) => parser.registerCsiHandler(id, () => !mayAnswer())),
    parser.registerDcsHandler({ intermediates: "$", final: "q" }, () => !mayAnswer()),
  ];
}

/**
 * Undoes what a guest has left behind: the other screen (and with it the cursor's place on this one), mouse, focus and
 * paste reports (DECRST), and by a soft reset (DECSTR) a hidden cursor, colours, margins and line drawing characters.
 */
export function leaveModes(terminal: Terminal): void {
  const otherScreen = terminal.buffer.active.type === "alternate" ? "1049;" : "";
  terminal.write(`\x1b[?${otherScreen}1000;1006;1004;2004l\x1b[!p`);
}

/** Opens a link of a console in a page that knows nothing of this one; only http and https are links. */
export function openLink(_event: MouseEvent, address: string): void {
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) {
    window.open(address, "_blank", "noopener,noreferrer");
  }
}

/** Links that the guest wrote as such (OSC 8): the same rule, and their true address is what is opened. */
export const guestLinks: ILinkHandler = {
  activate: (event, address) => openLink(event, address),
  allowNonHttpProtocols: false,
};
