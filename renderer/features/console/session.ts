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
import { attempt } from "../../app/attempt.ts";
import { shortcutOf } from "../../app/shortcuts.ts";
import { formatBytes } from "../../ui/format.ts";
import { type CrashReport, CrashScanner } from "./crash.ts";
import { type Feed, type Piece, startFeed } from "./feed.ts";
import { drawWithGpu, spaceLetters } from "./gpu.ts";
import { guestLinks, leaveModes, makeHarmless, openLink } from "./harmless.ts";
import { LongLines } from "./long-lines.ts";
import { consolePalette, terminalTheme } from "./theme.ts";
import { createTyping } from "./typing.ts";

/** So much of a long console is read at the start; it is more than the scrollback holds. */
const BACKLOG_BYTES = 16 << 20;
const HIGHLIGHTS = 1000;

export interface ConsoleStatus {
  following: boolean;
  /** Bytes of console that stand in the terminal; the offset of the next. */
  drawnTo: number;
  crash: CrashReport | undefined;
  problem: ProblemReport | undefined;
  /** Matches of the present search; `at` is -1 where there are too many to be counted. */
  matches: { at: number; of: number };
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
  dispose(): void;
}

export function createConsoleSession(
  client: UnideckClient,
  instance: Instance,
  settings: Settings["console"],
): ConsoleSession {
  const { id } = instance;
  const from = Math.max(0, instance.consoleBytes - BACKLOG_BYTES);
  /** Output up to here is a replay: questions in it were asked of somebody else. */
  const replayedTo = instance.consoleBytes;
  const status = createStore<ConsoleStatus>()(() => ({
    following: true,
    drawnTo: from,
    crash: undefined,
    problem: undefined,
    matches: { at: -1, of: 0 },
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
  const lines = new LongLines();
  let alive = false;
  /** Bytes that the console has, as far as the instance tells. */
  let writtenTo = replayedTo;
  let isTidy = false;
  let feed: Feed | undefined;
  let part: Piece["part"] = "program";

  terminal.loadAddon(fit);
  terminal.loadAddon(search);
  terminal.loadAddon(new WebLinksAddon(openLink));
  makeHarmless(terminal, () => alive && status.getState().drawnTo >= replayedTo);

  const typing = createTyping(
    (bytes) => client.instances.input({ id, bytes }),
    (error) => void attempt(() => Promise.reject(error)),
  );
  terminal.onData((text) => alive && typing.type(text));
  terminal.onBinary((text) => alive && typing.typeBinary(text));
  terminal.onScroll(() => noteFollowing());
  terminal.onLineFeed(() => noteFollowing());
  search.onDidChangeResults(({ resultIndex, resultCount }) =>
    status.setState({ matches: { at: resultIndex, of: resultCount } }),
  );

  const noteFollowing = () => {
    const { viewportY, baseY } = terminal.buffer.active;
    const following = viewportY >= baseY;
    if (following !== status.getState().following) status.setState({ following });
  };
  const follow = () => {
    terminal.scrollToBottom();
    noteFollowing();
  };
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.key === "Enter" && !status.getState().following) {
      if (event.type === "keydown") follow();
      // Following again is all that this key does: the guest does not get it.
      return false;
    }
    return shortcutOf(event) === undefined;
  });

  const write = (data: string | Uint8Array) => new Promise<void>((resolve) => terminal.write(data, resolve));
  const sink = async (piece: Piece) => {
    if (piece.lostBytes > 0) await write(`${palette.dim}[${formatBytes(piece.lostBytes)} are gone]\x1b[39m\r\n`);
    if (piece.part !== part) {
      part = piece.part;
      terminal.write(part === "kernel" ? palette.dim : "\x1b[39m");
    }
    await Promise.all(Array.from(lines.split(piece.bytes), write));
    const found = scanner.push(piece.bytes);
    if (status.getState().drawnTo === 0) performance.mark("unideck:console-first-output");
    status.setState({ drawnTo: piece.offset + piece.bytes.length, ...(found ? { crash: scanner.report } : {}) });
    tidyUp();
    noteFollowing();
  };
  /** A guest that has ended can't take back what it did to the terminal: its other screen, mouse, colours. */
  const tidyUp = () => {
    if (alive || isTidy || status.getState().drawnTo < writtenTo) return;
    isTidy = true;
    leaveModes(terminal);
  };
  if (from > 0) {
    terminal.write(`${palette.dim}[the first ${formatBytes(from)} are not shown here; Save has the whole]\x1b[39m\r\n`);
  }
  performance.mark("unideck:console-open");
  feed = startFeed({ client, id, from, sink, onEnd: (problem) => status.setState({ problem }) });

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
      if (alive) isTidy = false;
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
    dispose() {
      feed?.stop();
      terminal.dispose();
    },
  };
  session.update(instance);
  return session;
}
