/** What the inspection said: what the program is, what a person should know, the libraries it needs. */

import { File } from "lucide-react";
import type { Inspection, Library } from "../../../shared/contract/programs.ts";
import { foundByWords } from "../../../shared/library-words.ts";
import type { AddedFile } from "../../model/draft/draft.ts";
import { isAdded } from "../../model/draft/place-library.ts";
import { Fold } from "../../ui/fold.tsx";
import { count, formatBytes, formatSeconds } from "../../ui/format.ts";
import { Note } from "../../ui/note.tsx";
import { StateChip, type Tone } from "../../ui/state-mark.tsx";

const languages: Record<Inspection["program"]["language"], string> = {
  go: "Go program",
  rust: "Rust program",
  "c++": "C++ program",
  c: "C program",
  unknown: "Linux program",
};

/** Long identifiers by their ends: `3f9a…c2`. */
const shorten = (id: string) => (id.length > 10 ? `${id.slice(0, 4)}…${id.slice(-2)}` : id);

/** A library that was added by hand is not missing any more. */
function readiness({ findings, libraries }: Inspection, files: readonly AddedFile[]): { tone: Tone; word: string } {
  const missing = libraries.filter((library) => !library.found && !isAdded(library, files, libraries));
  const levels = [
    ...findings.filter(({ rule }) => rule !== "library-missing").map(({ level }) => level),
    ...missing.map(({ optional }) => (optional ? "warning" : "error")),
  ];
  if (levels.includes("error")) return { tone: "bad", word: "not ready" };
  if (levels.includes("warning")) return { tone: "busy", word: "ready, with a warning" };
  return { tone: "ok", word: "ready" };
}

interface ProgramCardProps {
  inspection: Inspection;
  inspectedMs: number | undefined;
  /** What is added by hand. */
  files: readonly AddedFile[];
}

export function ProgramCard({ inspection, inspectedMs, files }: ProgramCardProps) {
  const { program } = inspection;
  const { tone, word } = readiness(inspection, files);
  const facts = [
    formatBytes(program.sizeBytes),
    program.linkage,
    program.toolchain,
    program.stripped ? "stripped" : undefined,
    program.buildId && `build id ${shorten(program.buildId)}`,
  ];
  return (
    <section
      aria-label="Program"
      className="grid shrink-0 grid-cols-[auto_1fr_auto] items-center gap-x-3.5 gap-y-1 rounded-m border border-line px-3.5 py-3"
    >
      <span className="row-span-2 grid size-[34px] place-items-center rounded-m bg-accent-soft text-accent">
        <File aria-hidden className="size-[18px]" strokeWidth={1.6} />
      </span>
      <h2 className="text-m">
        {languages[program.language]}, {program.architecture}
      </h2>
      <StateChip tone={tone}>{word}</StateChip>
      <p className="min-w-0 text-fg-3 text-s wrap-anywhere">{facts.filter(Boolean).join(" · ")}</p>
      <span className="text-fg-3 text-s tabular-nums" title="Inspection time">
        {inspectedMs !== undefined && formatSeconds(inspectedMs)}
      </span>
    </section>
  );
}

export function Findings({ findings }: Pick<Inspection, "findings">) {
  // A library that is missing is told among the libraries, with where it was looked for.
  const shown = findings.filter(({ rule }) => rule !== "library-missing");
  return shown.map(({ level, rule, message, hint, places }) => (
    <Note
      key={`${rule} ${message}`}
      tone={level === "error" ? "bad" : level === "warning" ? "busy" : "plain"}
      title={message}
    >
      {hint && <p>{hint}</p>}
      {places && <Places places={places} />}
    </Note>
  ));
}

/** Where in the program it is: for those who have its source. */
function Places({ places }: { places: NonNullable<Inspection["findings"][number]["places"]> }) {
  return (
    <Fold label={`Called in ${count(places.length, "place")}`}>
      <ul className="font-mono text-xs select-text">
        {places.map(({ call, within, address }) => (
          <li key={address} className="wrap-anywhere">
            {call}
            {within && ` in ${within}`}, at 0x{address.toString(16)}
          </li>
        ))}
      </ul>
    </Fold>
  );
}

interface LibrariesProps {
  libraries: readonly Library[];
  /** What is added by hand may be a library that was not found. */
  files: readonly AddedFile[];
}

export function Libraries({ libraries, files }: LibrariesProps) {
  if (libraries.length === 0) return null;
  const notFound = libraries.filter(({ found }) => !found);
  const missing = notFound.filter((library) => !isAdded(library, files, libraries));
  const added = notFound.filter((library) => !missing.includes(library));
  const sizeBytes = libraries.reduce((sum, library) => sum + (library.sizeBytes ?? 0), 0);
  return (
    <section aria-label="Libraries" className="shrink-0">
      {missing.map((library) => (
        <MissingLibrary key={library.name} library={library} />
      ))}
      {added.length > 0 && <p className="mb-2 text-s">Added by you: {added.map(({ name }) => name).join(", ")}</p>}
      <Fold
        label={`${count(libraries.length - notFound.length, "library", "libraries")} found, ${formatBytes(sizeBytes)}`}
      >
        <ul className="flex flex-col gap-0.5 font-mono text-xs select-text">
          {libraries
            .filter(({ found }) => found)
            .map((library) => (
              <li key={library.name} className="flex gap-3">
                <span className="min-w-0 flex-1 wrap-anywhere" title={`needed by ${library.neededBy.join(", ")}`}>
                  {library.hostPath ?? library.name}
                </span>
                <span className="shrink-0 text-fg-3">
                  {foundByWords(library)}
                  {library.optional && ", may be loaded at run time"}
                </span>
                <span className="w-14 shrink-0 text-right text-fg-3 tabular-nums">
                  {library.sizeBytes !== undefined && formatBytes(library.sizeBytes)}
                </span>
              </li>
            ))}
        </ul>
      </Fold>
    </section>
  );
}

function MissingLibrary({ library: { name, neededBy, searched, optional } }: { library: Library }) {
  return (
    <div className="mb-2">
      <Note tone={optional ? "busy" : "bad"} title={`${name} is missing`}>
        <p>
          {neededBy.length > 0 && `${neededBy.join(", ")} ${optional ? "may load it at run time" : "needs it"}. `}
          Install it on the host, or drop the file here to add it.
        </p>
        {searched.length > 0 && (
          <Fold label={`Searched in ${count(searched.length, "place")}`}>
            <ul className="max-h-40 overflow-auto font-mono text-xs select-text">
              {searched.map((path) => (
                <li key={path}>{path}</li>
              ))}
            </ul>
          </Fold>
        )}
      </Note>
    </div>
  );
}
