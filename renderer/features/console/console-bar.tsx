/** Below the terminal: find, copy, save, clear, font size, follow. */

import {
  AArrowDown,
  AArrowUp,
  Clock,
  Copy,
  Download,
  ExternalLink,
  type LucideIcon,
  Regex,
  Trash2,
} from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { toast } from "sonner";
import { useStore } from "zustand";
import type { Instance } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { openOwnWindow, ownConsole } from "../../model/console/own-window.ts";
import { saveConsole } from "../../model/console/save-log.ts";
import type { ConsoleSession } from "../../model/console/session.ts";
import { searchMarks } from "../../model/console/theme.ts";
import { useSettings } from "../../model/engine.ts";
import { exitWords } from "../../model/state-words.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { copyText } from "../../platform/clipboard.ts";
import { onFind } from "../../platform/shortcuts.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { cx } from "../../ui/class-names.ts";
import { formatBytes } from "../../ui/format.ts";

const FONT = { min: 8, max: 32 } as const;

export function ConsoleBar({ instance, session }: { instance: Instance; session: ConsoleSession }) {
  const client = useClient();
  const { following, times } = useStore(session.status);
  const fontSizePx = useSettings(({ settings }) => settings.console.fontSizePx);
  const setFontSize = (px: number) => attempt(() => client.settings.change({ console: { fontSizePx: px } }));

  const copy = () => attempt(() => copyText(selectedText(session))).then((done) => done && toast.success("Copied"));
  const save = () => {
    const note = toast.loading("Reading the console…");
    const told = (bytes: number) => toast.loading(`Reading the console… ${formatBytes(bytes)}`, { id: note });
    void attempt(() => saveConsole(client, instance.id, instance.name, told)).then(() => toast.dismiss(note));
  };

  return (
    <div
      role="toolbar"
      aria-label="Console"
      className="@container flex h-9 shrink-0 items-center gap-1 border-line border-t px-2 text-s"
    >
      <Find session={session} />
      {/* Not at the right, where the pointer is after “Build & run”. */}
      <Tool icon={Trash2} label="Clear" onClick={session.clear} />
      {!isAlive(instance) && instance.exit && (
        <span className="ml-2 hidden truncate text-fg-3 @min-[860px]:block">{exitWords(instance.exit)}</span>
      )}
      <span className="ml-auto" />
      <IconButton
        icon={AArrowDown}
        label="Smaller text"
        className="@max-[440px]:hidden"
        disabled={fontSizePx <= FONT.min}
        onClick={() => setFontSize(fontSizePx - 1)}
      />
      <IconButton
        icon={AArrowUp}
        label="Larger text"
        className="@max-[440px]:hidden"
        disabled={fontSizePx >= FONT.max}
        onClick={() => setFontSize(fontSizePx + 1)}
      />
      <IconButton icon={Clock} label="Timestamps" aria-pressed={times} onClick={() => session.showTimes(!times)} />
      <Tool icon={Copy} label="Copy" onClick={copy} />
      <Tool icon={Download} label="Save" onClick={save} />
      {ownConsole() === undefined && (
        <IconButton icon={ExternalLink} label="Open in a new window" onClick={() => openOwnWindow(instance.id)} />
      )}
      <button
        type="button"
        aria-pressed={following}
        title={following ? "Follow new output" : "Jump to the newest output (⏎)"}
        onClick={session.follow}
        className={cx(
          "h-5 shrink-0 rounded-full px-2 font-semibold text-xs",
          following ? "bg-ok-soft text-ok" : "bg-accent text-accent-fg",
        )}
      >
        {following ? "following" : "follow ⏎"}
      </button>
    </div>
  );
}

/** A word and its icon; in a narrow pane the icon alone. */
function Tool({ icon, label, onClick }: { icon: LucideIcon; label: string; onClick: () => void }) {
  return (
    <Button look="bare" icon={icon} title={label} className="text-s!" onClick={onClick}>
      <span className="@max-[560px]:sr-only">{label}</span>
    </Button>
  );
}

/** What is selected, or all that the terminal holds, without the empty lines at its end. */
function selectedText({ terminal }: ConsoleSession): string {
  if (terminal.hasSelection()) return terminal.getSelection();
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let row = 0; row < active.length; row++) {
    const line = active.getLine(row);
    if (!line) break;
    const text = line.translateToString(true);
    if (line.isWrapped && lines.length > 0) lines.push((lines.pop() ?? "") + text);
    else lines.push(text);
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

function Find({ session }: { session: ConsoleSession }) {
  const field = useRef<HTMLInputElement>(null);
  const [term, setTerm] = useState("");
  const [regex, setRegex] = useState(false);
  const { at, of } = useStore(session.status, ({ matches }) => matches);
  const emptied = useStore(session.status, (known) => known.emptied);
  const invalid = regex && !isRegExp(term);
  const options = { regex, decorations: searchMarks };

  useEffect(() => onFind(() => field.current?.select()), []);
  useEffect(() => () => session.search.clearDecorations(), [session]);

  const look = (wanted: string, asRegex: boolean) => {
    if (wanted === "" || (asRegex && !isRegExp(wanted))) session.search.clearDecorations();
    else session.search.findPrevious(wanted, { regex: asRegex, decorations: searchMarks });
  };
  const looked = useRef({ term, regex, look });
  looked.current = { term, regex, look };
  useEffect(() => {
    const latest = looked.current;
    if (emptied > 0 && latest.term !== "") latest.look(latest.term, latest.regex);
  }, [emptied]);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      setTerm("");
      look("", false);
      session.terminal.focus();
    } else if (event.key === "Enter" && term !== "" && !invalid) {
      if (event.shiftKey) session.search.findPrevious(term, options);
      else session.search.findNext(term, options);
    }
  };
  const found = () => {
    if (term === "") return "";
    if (invalid) return "invalid regular expression";
    if (of === 0) return "none";
    return at < 0 ? `${of}${of >= 1000 ? "+" : ""}` : `${at + 1} of ${of}`;
  };
  return (
    <div className="flex min-w-24 max-w-64 flex-1 items-center gap-1">
      <div className="flex h-[26px] min-w-0 flex-1 items-center gap-2 rounded-[7px] border border-line-strong bg-sunken px-2.5 focus-within:outline-2 focus-within:outline-accent">
        <input
          ref={field}
          type="search"
          aria-label="Find in console"
          placeholder="Find"
          spellCheck={false}
          autoComplete="off"
          aria-invalid={invalid}
          value={term}
          onChange={(event) => {
            setTerm(event.target.value);
            look(event.target.value, regex);
          }}
          onKeyDown={onKeyDown}
          className="min-w-0 flex-1 bg-transparent font-mono outline-none [&::-webkit-search-cancel-button]:hidden"
        />
        <output aria-label="Matches" className="shrink-0 truncate text-fg-3 tabular-nums">
          {found()}
        </output>
      </div>
      <IconButton
        icon={Regex}
        label="Regular expression"
        aria-pressed={regex}
        onClick={() => {
          setRegex(!regex);
          look(term, !regex);
        }}
      />
    </div>
  );
}

function isRegExp(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
