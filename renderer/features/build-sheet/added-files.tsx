/** Files and folders that go into the image beside the program: where from, where to, how large. */

import { Folder, X } from "lucide-react";
import { useId, useState } from "react";
import type { AddedFile } from "../../model/draft/draft.ts";
import { fromFiles } from "../../model/draft/dropped.ts";
import { useBuild } from "../../model/draft/session.ts";
import { useClient } from "../../platform/client.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { TextInput } from "../../ui/field.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { formatBytes } from "../../ui/format.ts";

/** More than these are told by their number; all of them are in the image. */
const SHOWN = 50;

export function AddedFiles({ files, error }: { files: readonly AddedFile[]; error: string | undefined }) {
  const client = useClient();
  const { edit, addFiles } = useBuild.getState();
  const handOver = useBuild((slice) => slice.handOver);
  const [path, setPath] = useState<string>();
  const id = useId();

  const addPath = () => {
    const host = path?.trim() ?? "";
    if (host === "") return setPath(undefined);
    const kind = host.endsWith("/") ? "folder" : "file";
    const name = host.replace(/\/+$/, "").split("/").at(-1) ?? "";
    edit({ files: [...files, { kind, host: host.replace(/(.)\/+$/, "$1"), guest: `/${name}` }] });
    setPath(undefined);
  };
  const change = (index: number, guest: string) =>
    edit({ files: files.map((file, at) => (at === index ? { ...file, guest } : file)) });

  return (
    <div className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-3.5 max-[600px]:grid-cols-1">
      <span id={id} className="pt-1 text-fg-2">
        Files
      </span>
      <div className="flex min-w-0 flex-col gap-1.5">
        {files.length > 0 && (
          <ul aria-labelledby={id} className="flex max-h-44 flex-col gap-1.5 overflow-y-auto">
            {files.slice(0, SHOWN).map((file, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the same file may be added twice, to two places
              <li key={index} className="flex items-center gap-2">
                {file.kind === "folder" && <Folder aria-label="Folder" className="size-3.5 shrink-0 text-fg-3" />}
                <span className="min-w-0 flex-1 truncate font-mono text-s" title={file.host}>
                  {file.host.split("/").at(-1)}
                </span>
                <span aria-hidden>→</span>
                <TextInput
                  mono
                  aria-label={`Place of ${file.host} in the image`}
                  className="flex-[1.4]"
                  value={file.guest}
                  onChange={({ target }) => change(index, target.value)}
                />
                <span className="w-14 shrink-0 text-right text-fg-3 text-s tabular-nums">
                  {file.sizeBytes !== undefined && formatBytes(file.sizeBytes)}
                </span>
                <IconButton
                  icon={X}
                  label={`Remove ${file.guest}`}
                  onClick={() => edit({ files: files.filter((_, at) => at !== index) })}
                />
              </li>
            ))}
          </ul>
        )}
        {files.length > SHOWN && <p className="text-fg-3 text-s">and {files.length - SHOWN} more</p>}
        {handOver && (
          <p role="status" className="text-fg-3 text-s tabular-nums">
            Uploading {formatBytes(handOver.doneBytes)} of {formatBytes(handOver.totalBytes)}
          </p>
        )}
        {path !== undefined && (
          <TextInput
            mono
            autoFocus
            aria-label="Path of a file or folder on this computer"
            placeholder="/path/of/a/file, or /of/a/folder/"
            value={path}
            onChange={({ target }) => setPath(target.value)}
            onBlur={addPath}
            onKeyDown={(event) => {
              if (event.key !== "Enter") return;
              event.preventDefault();
              addPath();
            }}
          />
        )}
        <div className="flex items-center gap-2">
          <FileButton label="Files to add" multiple onChoose={(chosen) => void addFiles(client, fromFiles(chosen))}>
            Add…
          </FileButton>
          <Button look="bare" onClick={() => setPath("")}>
            By path…
          </Button>
          {files.length === 0 && <span className="text-fg-3 text-s">or drop them here</span>}
        </div>
        {error && <p className="text-bad text-s">{error}</p>}
      </div>
    </div>
  );
}
