/**
 * One instance's console: its terminal, the feed that fills it, what is known about it on screen.
 *
 * It lives outside of React, so that it can begin before there is a pane to show it in, and so that leaving the tab
 * and coming back costs nothing and loses neither position nor selection.
 */

import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import { createStore, type StoreApi } from "zustand/vanilla";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { Instance } from "../../../shared/contract/instances.ts";
import type { Settings } from "../../../shared/contract/settings.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { attempt } from "../../platform/attempt.ts";
import { copyText } from "../../platform/clipboard.ts";
import { isCopy, shortcutOf } from "../../platform/shortcuts.ts";
import { useSettings } from "../engine.ts";
import { type CrashReport, CrashScanner } from "./crash.ts";
import { type Feed, type Piece, startFeed } from "./feed.ts";
import { drawWithGpu, spaceLetters } from "./gpu.ts";
import { guestLinks, leaveModes, makeHarmless, openLink } from "./harmless.ts";
import { OffsetMarks } from "./offset-marks.ts";
import { Painter } from "./painter.ts";
import { Past } from "./past.ts";
import { findRefusal, OutputEnd } from "./refusal.ts";
import { consolePalette, terminalTheme } from "./theme.ts";
import { createTyping } from "./typing.ts";

/** Ctrl+C without more is input for the program where the settings say so; every other way to copy stays. */
const mayCopy = ({ ctrlKey, shiftKey }: KeyboardEvent) =>
  !ctrlKey || shiftKey || useSettings.getState().settings.console.copyWithControlC;

/** So much of a long console is read at the start; it is more than the scrollback holds. What is before is paged in. */
const BACKLOG_BYTES = 16 << 20;
const HIGHLIGHTS = 1000;

export interface ConsoleStatus {
  following: boolean;
  /** Bytes of console before the first line in the terminal, while that is on screen: they can be paged in. */
  earlierBytes: number;
  /** Whether a page of the past is in the terminal, and not the end of the console. */
  isPast: boolean;
  /** Whether the moment at which it came stands before each line. */
  times: boolean;
  /** Bytes of console that stand in the terminal; the offset of the next. */
  drawnTo: number;
  crash: CrashReport | undefined;
  /** What in the run that has ended refused the system's name. */
  refusal: string | undefined;
  problem: ProblemReport | undefined;
  /** Matches of the present search; `at` is -1 where there are too many to be counted. */
  matches: { at: number; of: number };
  /** How often the terminal was emptied: what was found in it is looked for again. */
  emptied: number;
}

export interface ConsoleSession {
  readonly id: string;
  readonly terminal: Terminal;
  readonly search: SearchAddon;
  readonly status: StoreApi<ConsoleStatus>;
  /** Puts the terminal into `pane`; answers how to take it out again. */
  attach(pane: HTMLElement): () => void;
  /** Tells the session about its instance: whether anybody is there to be typed at. */
  update(instance: Instance): void;
  configure(settings: Settings["console"]): void;
  follow(): void;
  /** Takes everything out of the terminal but its last line; the engine keeps it all. */
  clear(): void;
  /** Pages in what comes before the first line in the terminal. */
  showEarlier(): void;
  showTimes(times: boolean): void;
  dispose(): void;
}

export function createConsoleSession(
  client: UnideckClient,
  instance: Instance,
  settings: Settings["console"],
): ConsoleSession {
  const { id } = instance;
  /** Bytes that the console has, as far as the instance tells. */
  let writtenTo = instance.consoleBytes;
  /** Output up to here is a replay: questions in it were asked of somebody else. */
  let replayedTo = writtenTo;
  const status = createStore<ConsoleStatus>()(() => ({
    following: true,
    earlierBytes: 0,
    isPast: false,
    times: false,
    drawnTo: Math.max(0, writtenTo - BACKLOG_BYTES),
    crash: undefined,
    refusal: undefined,
    problem: undefined,
    matches: { at: -1, of: 0 },
    emptied: 0,
  }));
  const palette = consolePalette();
  const terminal = new Terminal({
    allowProposedApi: true,
    convertEol: true,
    cursorBlink: false,
    fontFamily: palette.fontFamily,
    fontSize: settings.fontSizePx,
    lineHeight: 1.3,
    linkHandler: guestLinks,
    scrollback: settings.scrollbackLines,
    // The accessibility tree is what screen readers get of a console; what it costs is a fraction of the drawing.
    screenReaderMode: true,
    theme: terminalTheme(palette),
  });
  const fit = new FitAddon();
  const search = new SearchAddon({ highlightLimit: HIGHLIGHTS });
  const scanner = new CrashScanner();
  const outputEnd = new OutputEnd();
  const marks = new OffsetMarks(terminal);
  const newPainter = () => new Painter(terminal, { dim: palette.dim, times: status.getState().times });
  let painter = newPainter();
  let alive = false;
  let isTidy = false;
  let feed: Feed | undefined;

  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon(openLink));
  makeHarmless(terminal, () => alive && !status.getState().isPast && status.getState().drawnTo >= replayedTo);

  const typing = createTyping(
    (bytes) => client.instances.input({ id, bytes }),
    (error) => void attempt(() => Promise.reject(error)),
  );
  /** Who types wants to see what comes of it. */
  const send = (type: (text: string) => void) => (text: string) => {
    if (!alive) return;
    if (status.getState().isPast) void showEnd();
    type(text);
  };
  terminal.onData(send(typing.type));
  terminal.onBinary(send(typing.typeBinary));
  terminal.onScroll(() => noteFollowing());
  terminal.onLineFeed(() => noteFollowing());
  search.onDidChangeResults(({ resultIndex, resultCount }) =>
    status.setState({ matches: { at: resultIndex, of: resultCount } }),
  );

  const noteFollowing = () => {
    const { viewportY, baseY } = terminal.buffer.active;
    const isAtEnd = viewportY >= baseY;
    if (status.getState().isPast && isAtEnd) void past.goOn();
    const known = status.getState();
    const following = isAtEnd && !known.isPast;
    const earlierBytes = viewportY === 0 ? past.bytesBefore() : 0;
    if (following !== known.following || earlierBytes !== known.earlierBytes)
      status.setState({ following, earlierBytes });
  };
  const follow = () => {
    if (status.getState().isPast) void showEnd();
    terminal.scrollToBottom();
    noteFollowing();
  };
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key === "Enter" && !status.getState().following) {
      if (event.type === "keydown") follow();
      // Following again is all that this key does: the guest does not get it.
      return false;
    }
    if (isCopy(event) && terminal.hasSelection() && mayCopy(event)) {
      if (event.type === "keydown") {
        void attempt(() => copyText(terminal.getSelection()));
        // The next one is for the program again.
        terminal.clearSelection();
      }
      event.preventDefault();
      return false;
    }
    // Nobody is there to get it: it moves the focus on, as everywhere.
    if (event.key === "Tab" && !alive) return false;
    return shortcutOf(event) === undefined;
  });

  const sink = async (piece: Piece) => {
    marks.note(piece.offset);
    await painter.paint(piece);
    marks.noteEnd(piece.offset + piece.bytes.length);
    const found = scanner.push(piece.bytes);
    if (piece.run) outputEnd.clear();
    outputEnd.push(piece.bytes);
    if (status.getState().drawnTo === 0) performance.mark("unideck:console-first-output");
    status.setState({ drawnTo: piece.offset + piece.bytes.length, ...(found ? { crash: scanner.report } : {}) });
    tidyUp();
    noteFollowing();
  };
  /** A guest that has ended can't take back what it did to the terminal: its other screen, mouse, colours. */
  const tidyUp = () => {
    if (alive || isTidy || status.getState().drawnTo < writtenTo) return;
    isTidy = true;
    status.setState({ refusal: findRefusal(outputEnd.text()) });
    leaveModes(terminal);
  };
  const followFrom = (from: number) => {
    replayedTo = writtenTo;
    status.setState({ isPast: false, drawnTo: from });
    feed = startFeed({ client, id, from, sink, onEnd: (problem) => status.setState({ problem }) });
  };
  const noteEmptied = () => {
    search.clearDecorations();
    status.setState(({ emptied }) => ({ emptied: emptied + 1, matches: { at: -1, of: 0 } }));
  };
  /** Takes everything out of the terminal. */
  const empty = async () => {
    feed?.stop();
    await painter.settled();
    marks.clear();
    terminal.reset();
    noteEmptied();
    painter = newPainter();
  };
  const past = new Past({
    client,
    id,
    terminal,
    marks,
    scrollbackLines: () => terminal.options.scrollback ?? settings.scrollbackLines,
    writtenTo: () => writtenTo,
    empty: async () => {
      status.setState({ isPast: true, following: false, earlierBytes: 0 });
      await empty();
    },
    paint: (piece) => painter.paint(piece),
    catchUp: followFrom,
    onProblem: (problem) => status.setState({ problem }),
    onMoved: () => noteFollowing(),
  });
  let shows = 0;
  /** The end of the console, as it was at the beginning. */
  const showEnd = async () => {
    const mine = ++shows;
    past.leave();
    await empty();
    if (mine !== shows) return;
    followFrom(Math.max(0, writtenTo - BACKLOG_BYTES));
    noteFollowing();
  };
  performance.mark("unideck:console-open");
  followFrom(status.getState().drawnTo);

  const session: ConsoleSession = {
    id,
    terminal,
    search,
    status,
    attach(pane) {
      if (terminal.element) pane.append(terminal.element);
      else {
        terminal.open(pane);
        drawWithGpu(terminal);
      }
      const refit = () => {
        if (pane.clientWidth === 0) return;
        const { following } = status.getState();
        fit.fit();
        if (!following) return;
        follow();
        // Once more when xterm has drawn: it brings its scroll bar to the new size only then, and moves with it.
        requestAnimationFrame(follow);
      };
      refit();
      const watcher = new ResizeObserver(refit);
      watcher.observe(pane);
      return () => {
        watcher.disconnect();
        terminal.element?.remove();
      };
    },
    update(now) {
      alive = now.state === "running" || now.state === "starting";
      writtenTo = now.consoleBytes;
      if (alive) {
        isTidy = false;
        status.setState({ refusal: undefined });
      }
      tidyUp();
      terminal.options.disableStdin = !alive;
      terminal.options.cursorInactiveStyle = alive ? "outline" : "none";
    },
    configure({ fontSizePx, scrollbackLines }) {
      if (terminal.options.fontSize !== fontSizePx) {
        terminal.options.fontSize = fontSizePx;
        spaceLetters(terminal);
      }
      if (terminal.options.scrollback !== scrollbackLines) terminal.options.scrollback = scrollbackLines;
      if (terminal.element?.isConnected) fit.fit();
    },
    follow,
    clear() {
      terminal.clear();
      noteEmptied();
    },
    showEarlier: () => void past.showEarlier(),
    showTimes(times) {
      status.setState({ times });
      void showEnd();
    },
    dispose() {
      past.leave();
      feed?.stop();
      terminal.dispose();
    },
  };
  session.update(instance);
  return session;
}
