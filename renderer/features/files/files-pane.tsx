/**
 * The files of a guest's disk: disk usage, a tree with sizes, a look into each file, copies out of it. For an
 * image and for the disk of an instance.
 */

import { Download, RotateCw } from "lucide-react";
import { useMemo, useState } from "react";
import type { ImageEntry, Partition } from "../../../shared/contract/image-contents.ts";
import type { FilesPaneProps } from "../../frame/panes.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { copyText } from "../../platform/clipboard.ts";
import { useAnswer } from "../../platform/use-answer.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { count, formatBytes } from "../../ui/format.ts";
import { ProblemNote } from "../../ui/note.tsx";
import { Nothing } from "../../ui/pane.tsx";
import { Select } from "../../ui/select.tsx";
import { CopyOutDialog } from "./copy-out-dialog.tsx";
import { FileTree } from "./file-tree.tsx";
import { Preview } from "./preview.tsx";
import { foldersAbove, type Order, rowsOf } from "./rows.ts";
import { SpaceMap } from "./space-map.tsx";
import { type Place, useFolders } from "./use-folders.ts";

/** Starts anew, with nothing chosen, for another source or version. */
export function FilesPane({ source, name, version }: FilesPaneProps) {
  const image = "image" in source ? source.image : `instance:${source.instance}`;
  return <Files key={`${image} ${version}`} image={image} name={name} />;
}

function Files({ image, name }: { image: string; name: string }) {
  const client = useClient();
  const [partition, setPartition] = useState<Partition>("root");
  const [revision, setRevision] = useState(0);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [order, setOrder] = useState<Order>("name");
  const [chosenPath, choosePath] = useState<string>();
  const [previewed, preview] = useState<ImageEntry>();
  const [copied, copyOut] = useState<string>();
  const place = useMemo<Place>(() => ({ image, partition, revision }), [image, partition, revision]);
  const { folders, load } = useFolders(place);
  const space = useAnswer(`${partition} ${revision}`, (signal) =>
    client.imageContents.space({ image, partition, path: "/" }, { signal }),
  );
  const rows = useMemo(() => rowsOf(folders, open, order), [folders, open, order]);

  const toggle = ({ path }: ImageEntry, isOpen: boolean) => {
    if (isOpen) load(path);
    setOpen((now) => new Set(isOpen ? [...now, path] : [...now].filter((one) => one !== path)));
  };
  const choose = (entry: ImageEntry) => {
    choosePath(entry.path);
    if (entry.type === "file" || entry.type === "link") preview(entry);
    else preview(undefined);
  };
  /** Opens what is above it, so that it is seen. */
  const reveal = (path: string) => {
    const above = foldersAbove(path);
    for (const folder of above) load(folder);
    setOpen((now) => new Set([...now, ...above]));
    choosePath(path === "/" ? undefined : path);
    preview(undefined);
  };
  const startAnew = (next: Partition) => {
    setPartition(next);
    setRevision((now) => now + 1);
    setOpen(new Set());
    choosePath(undefined);
    preview(undefined);
  };

  const root = folders["/"];
  if (root?.problem && root.entries.length === 0)
    return (
      <div className="flex flex-col gap-3 p-5">
        <ProblemNote problem={root.problem} action={<Button onClick={() => startAnew(partition)}>Try again</Button>} />
        {partition === "boot" && <Button onClick={() => startAnew("root")}>Show the root file system</Button>}
      </div>
    );
  if (!root || (root.state === "loading" && root.entries.length === 0)) return <Nothing>Loading…</Nothing>;

  const wholeBytes = root.entries.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return (
    <div className="@container flex min-h-0 flex-1 flex-col gap-3 px-5 py-3.5">
      {root.entries.length === 0 ? (
        <Nothing>No files</Nothing>
      ) : (
        <>
          {space.problem && <ProblemNote problem={space.problem} />}
          {!space.problem && space.value?.length !== 0 && (
            // Its room is kept while it is asked for: the tree stays where it is.
            <div className="h-[clamp(96px,32%,300px)] shrink-0 @max-[400px]:hidden">
              {space.value && <SpaceMap parts={space.value} onChoose={reveal} />}
            </div>
          )}
          <div className="flex min-h-0 flex-1 @max-[640px]:flex-col gap-3">
            <FileTree
              label={`Files of ${name}`}
              rows={rows}
              order={order}
              onOrder={setOrder}
              chosen={chosenPath}
              onChoose={choose}
              onToggle={toggle}
              onOpen={choose}
              actionsOf={(entry) => [
                ...(entry.type === "directory"
                  ? [
                      {
                        label: open.has(entry.path) ? "Collapse" : "Expand",
                        run: () => toggle(entry, !open.has(entry.path)),
                      },
                    ]
                  : [{ label: "Preview", run: () => choose(entry) }]),
                { label: "Copy out…", run: () => copyOut(entry.path) },
                { label: "Copy path", run: () => void attempt(() => copyText(entry.path)) },
              ]}
            />
            {previewed && (
              <Preview
                key={`${previewed.path} ${revision}`}
                place={place}
                entry={previewed}
                onClose={() => preview(undefined)}
              />
            )}
          </div>
        </>
      )}
      <footer className="flex shrink-0 items-center gap-2">
        <Button icon={Download} onClick={() => copyOut(chosenPath ?? "/")} disabled={root.entries.length === 0}>
          Copy out…
        </Button>
        <IconButton icon={RotateCw} label="Reload" onClick={() => startAnew(partition)} />
        <span role="status" className="min-w-0 truncate text-fg-3 text-s tabular-nums">
          {chosenPath ?? `${count(root.entries.length, "entry", "entries")} at the root, ${formatBytes(wholeBytes)}`}
        </span>
        <Select
          aria-label="File system"
          className="ml-auto shrink-0"
          value={partition}
          onChange={startAnew}
          options={[
            { value: "root", words: "Root file system" },
            { value: "boot", words: "Boot file system" },
          ]}
        />
      </footer>
      <CopyOutDialog place={place} path={copied} onClose={() => copyOut(undefined)} />
    </div>
  );
}
