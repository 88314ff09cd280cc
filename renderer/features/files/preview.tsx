/** A look into a file: the beginning of it, as text or as numbers; and the whole of it, to be saved. */

import { Download, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { ImageEntry } from "../../../shared/contract/image-contents.ts";
import { Problem, type ProblemReport } from "../../../shared/problem.ts";
import { attempt } from "../../platform/attempt.ts";
import { toBytes } from "../../platform/base64.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { saveFile } from "../../platform/save-file.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { formatBytes } from "../../ui/format.ts";
import { ProblemNote } from "../../ui/note.tsx";
import { hexOf, textOf } from "./preview-bytes.ts";
import { nameOf } from "./rows.ts";
import type { Place } from "./use-folders.ts";

/** So much of a file is read at first, and at each “more”. */
export const PREVIEW_BYTES = 64 * 1024;
/** So much of it is shown at most: a page with more is slow. */
export const MOST_PREVIEW_BYTES = 4 * PREVIEW_BYTES;
/** Passing by with the arrow keys asks for nothing. */
const PASSING_MS = 80;
/** A page holds a file that it saves in memory. */
export const MOST_SAVED_BYTES = 512 * 1024 * 1024;

interface PreviewProps {
  place: Place;
  entry: ImageEntry;
  onClose: () => void;
}

interface Seen {
  bytes: Uint8Array;
  problem?: ProblemReport;
}

export function Preview({ place, entry, onClose }: PreviewProps) {
  const client = useClient();
  const { image, partition } = place;
  const { path, sizeBytes } = entry;
  const [wantedBytes, want] = useState(PREVIEW_BYTES);
  const [seen, setSeen] = useState<Seen>();
  const [asNumbers, showNumbers] = useState(false);
  const [savedBytes, setSaved] = useState<number>();

  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision is read anew
  useEffect(() => {
    const gone = new AbortController();
    const read = async () => {
      const parts: Uint8Array[] = [];
      const order = { image, partition, path, from: 0, lengthBytes: wantedBytes };
      for await (const { bytes } of await client.imageContents.read(order, { signal: gone.signal }))
        parts.push(toBytes(bytes));
      const bytes = joined(parts);
      if (!gone.signal.aborted) setSeen({ bytes });
    };
    const fail = (error: unknown) => {
      if (!gone.signal.aborted) setSeen({ bytes: new Uint8Array(), problem: problemOf(error) });
    };
    const timer = setTimeout(() => void read().catch(fail), PASSING_MS);
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [client, image, partition, path, wantedBytes, place.revision]);

  const save = () =>
    attempt(async () => {
      const parts: Uint8Array<ArrayBuffer>[] = [];
      let sum = 0;
      setSaved(0);
      for await (const { bytes } of await client.imageContents.read({ image, partition, path })) {
        const part = toBytes(bytes);
        parts.push(part);
        sum += part.length;
        if (sum > MOST_SAVED_BYTES)
          throw new Problem("file.unsupported", `${nameOf(path)} is too large to be saved from here`, {
            hint: "Copy it out to a folder instead.",
          });
        setSaved(sum);
      }
      saveFile(nameOf(path), parts);
    }).finally(() => setSaved(undefined));

  const bytes = seen?.bytes;
  // Of a link only its own length is known, not that of what it leads to.
  const isWhole = bytes && (entry.type === "file" ? bytes.length >= sizeBytes : bytes.length < wantedBytes);
  const text = bytes && textOf(bytes, isWhole === true);
  const isText = text !== undefined && !asNumbers;
  return (
    <section
      aria-label={`Preview of ${path}`}
      className="flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden rounded-m border border-line"
    >
      <header className="flex h-9 shrink-0 items-center gap-2 border-line border-b pr-1 pl-3">
        <h2 className="min-w-0 truncate font-mono text-s" title={path}>
          <bdi>{path}</bdi>
        </h2>
        <span className="shrink-0 text-fg-3 text-s tabular-nums">
          {entry.type === "file" && formatBytes(sizeBytes)}
        </span>
        <div className="ml-auto flex shrink-0 items-center">
          {text !== undefined && (
            <Button look="bare" aria-pressed={asNumbers} onClick={() => showNumbers(!asNumbers)}>
              Hex
            </Button>
          )}
          <IconButton
            icon={Download}
            label={`Save ${nameOf(path)}`}
            disabled={savedBytes !== undefined || sizeBytes > MOST_SAVED_BYTES}
            onClick={() => void save()}
          />
          <IconButton icon={X} label="Close the preview" onClick={onClose} />
        </div>
      </header>
      {savedBytes !== undefined && (
        <p role="status" className="px-3 py-1 text-fg-3 text-s tabular-nums">
          Reading {formatBytes(savedBytes)}
        </p>
      )}
      <div
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        tabIndex={0}
        role="document"
        aria-label={`Contents of ${path}`}
        className="min-h-0 flex-1 overflow-auto bg-sunken p-3 outline-offset-[-2px]"
      >
        {seen?.problem && <ProblemNote problem={seen.problem} />}
        {bytes && !seen?.problem && bytes.length === 0 && <p className="text-fg-3">The file is empty.</p>}
        {bytes && bytes.length > 0 && (
          <pre className={isText ? "whitespace-pre-wrap text-s select-text wrap-anywhere" : "text-s select-text"}>
            {isText ? text : hexOf(bytes)}
          </pre>
        )}
        {bytes && !isWhole && (
          <p className="mt-2 flex items-center gap-2 text-fg-3 text-s">
            The first {formatBytes(bytes.length)}.
            {wantedBytes < MOST_PREVIEW_BYTES && (
              <Button onClick={() => want(wantedBytes + PREVIEW_BYTES)}>Show more</Button>
            )}
          </p>
        )}
      </div>
    </section>
  );
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
