/** Kernels: the releases that are installed, those to be had, and what is under way between the two. */

import { FolderInput, RefreshCw } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { KernelCatalogue, KernelRelease } from "../../../shared/contract/kernels.ts";
import { Settings } from "../../../shared/contract/settings.ts";
import { useKernels, useSettings } from "../../model/engine.ts";
import { kernelName } from "../../model/state-words.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { FileButton } from "../../ui/file-button.tsx";
import { Fold } from "../../ui/fold.tsx";
import { count, formatBytes } from "../../ui/format.ts";
import { Note } from "../../ui/note.tsx";
import { Facts } from "../../ui/pane.tsx";
import { Chip } from "../../ui/state-mark.tsx";
import { Group, SavedText } from "./fields.tsx";
import { useKernelImport } from "./kernel-import.ts";
import { KernelTasks, useKernelTask } from "./kernel-tasks.tsx";

export function Kernels({ onAddress }: { onAddress: (address: string) => void }) {
  const kernels = useKernels((slice) => slice.kernels);
  const { default: chosen, releaseAddress } = useSettings((slice) => slice.settings.kernels);
  return (
    <Group title="Kernels">
      {!kernels.some(({ id }) => id === chosen) && (
        <Note tone="busy" title={`New images get the kernel ${chosen}, which is not installed`}>
          <p>Download it below, or choose another default.</p>
        </Note>
      )}
      <ul aria-label="Installed kernels" className="flex flex-col gap-2">
        {kernels.map((kernel) => (
          <InstalledKernel key={kernel.id} kernel={kernel} isDefault={kernel.id === chosen} />
        ))}
      </ul>
      {kernels.length === 0 && <p className="text-fg-3">No kernels installed, not even the bundled one.</p>}
      <KernelTasks />
      <Available />
      <SavedText
        label="Release site"
        value={releaseAddress}
        wide
        onSave={(text) => {
          const address = Settings.shape.kernels.shape.releaseAddress.safeParse(text.trim());
          if (!address.success) return "Must begin with https:// or http://.";
          onAddress(address.data);
          return undefined;
        }}
      />
    </Group>
  );
}

function InstalledKernel({ kernel, isDefault }: { kernel: KernelRelease; isDefault: boolean }) {
  const client = useClient();
  const [isRemoving, setRemoving] = useState(false);
  const { id, bundled, architecture, kernelBytes, klibs, path, from, sha256 } = kernel;
  const name = kernelName(kernel);
  const facts = [architecture, formatBytes(kernelBytes), klibs.length > 0 && count(klibs.length, "klib")];
  return (
    <li aria-label={name} className="rounded-m border border-line px-3.5 py-2.5">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-medium text-m wrap-anywhere">{name}</h3>
        {bundled && <Chip tone="off">bundled</Chip>}
        {isDefault && <Chip tone="ok">default</Chip>}
        <span className="ml-auto flex gap-1">
          {!isDefault && architecture === "x86-64" && (
            <Button look="bare" onClick={() => void attempt(() => client.kernels.setDefault({ id }))}>
              Set as default
            </Button>
          )}
          {!bundled && (
            <Button look="bare" onClick={() => setRemoving(true)}>
              Remove…
            </Button>
          )}
        </span>
      </div>
      <p className="text-fg-3 text-s tabular-nums">{facts.filter(Boolean).join(" · ")}</p>
      <Fold label="Details">
        <Facts
          facts={[
            ["Folder", <code key="path">{path}</code>],
            ...(from ? [["From", <code key="from">{from}</code>] as const] : []),
            ...(sha256 ? [["SHA-256", <code key="sha256">{sha256}</code>] as const] : []),
            ["Klibs", klibs.length > 0 ? klibs.join(", ") : "none"],
          ]}
        />
      </Fold>
      <Confirm
        open={isRemoving}
        title={`Remove ${name}?`}
        action="Remove"
        onClose={() => setRemoving(false)}
        onConfirm={() => void attempt(() => client.kernels.remove({ id }))}
      >
        <p>Its folder {path} is deleted, for OPS, too. Images keep their own copy of the kernel.</p>
      </Confirm>
    </li>
  );
}

/** Asked for, not looked up by itself: opening the settings does not call anywhere. */
function Available() {
  const client = useClient();
  const [catalogue, setCatalogue] = useState<KernelCatalogue>();
  const [isAsking, setAsking] = useState(false);
  const look = async () => {
    setAsking(true);
    await attempt(async () => setCatalogue(await client.kernels.available()));
    setAsking(false);
  };
  return (
    <div className="flex flex-col gap-2.5">
      <div className="flex flex-wrap items-center gap-2">
        <Button icon={RefreshCw} disabled={isAsking} onClick={() => void look()}>
          {isAsking ? "Looking…" : "Check for Nanos releases"}
        </Button>
        <FileButton
          label="Archive of a kernel release"
          icon={FolderInput}
          accept=".gz,.tgz,.tar"
          onChoose={([file]) => file && useKernelImport.getState().offer(file)}
        >
          Import a .tar.gz…
        </FileButton>
      </div>
      {catalogue?.problem && (
        <Note tone="busy" title={catalogue.problem.message} urgent>
          <p>{catalogue.problem.hint}</p>
        </Note>
      )}
      {catalogue && (
        <>
          <ul aria-label="Releases to download" className="flex flex-col divide-y divide-line">
            {catalogue.releases.map((release) => (
              <AvailableRelease key={release.id} release={release} />
            ))}
          </ul>
          <AnotherVersion />
        </>
      )}
    </div>
  );
}

function AvailableRelease({ release: { id, isNewest, sha256 } }: { release: KernelCatalogue["releases"][number] }) {
  const client = useClient();
  const isInstalled = useKernels(({ kernels }) => kernels.some((kernel) => kernel.id === id));
  const isUnderWay = useKernelTask(id)?.state === "running";
  const isNightly = id === "nightly";
  return (
    <li aria-label={`Nanos ${id}`} className="flex flex-wrap items-center gap-2 py-1.5">
      <span>Nanos {id}</span>
      {isNewest && <Chip tone="ok">newest</Chip>}
      {isInstalled && <Chip tone="off">installed</Chip>}
      {sha256 && (
        <code className="text-fg-3 text-xs" title={`SHA-256 of its first download: ${sha256}`}>
          {sha256.slice(0, 12)}
        </code>
      )}
      {(!isInstalled || isNightly) && (
        <Button
          className="ml-auto"
          disabled={isUnderWay}
          onClick={() => void attempt(() => client.kernels.download({ version: id }))}
        >
          {isInstalled ? "Update" : "Download"}
        </Button>
      )}
    </li>
  );
}

function AnotherVersion() {
  const client = useClient();
  const [version, setVersion] = useState("");
  const download = async (event: FormEvent) => {
    event.preventDefault();
    if (await attempt(() => client.kernels.download({ version: version.trim() }))) setVersion("");
  };
  return (
    <form onSubmit={(event) => void download(event)}>
      <Field label="Other version">
        {(tied) => (
          <span className="flex gap-2">
            <TextInput
              {...tied}
              mono
              className="w-28"
              placeholder="0.1.52"
              value={version}
              onChange={({ target }) => setVersion(target.value)}
            />
            <Button type="submit" disabled={version.trim() === ""}>
              Download
            </Button>
          </span>
        )}
      </Field>
    </form>
  );
}
