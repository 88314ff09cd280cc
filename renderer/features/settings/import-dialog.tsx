/** Asks what a dropped archive is, before anything is installed from it. */

import type { FormEvent } from "react";
import { useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { formatBytes } from "../../ui/format.ts";
import { ProblemNote } from "../../ui/note.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { useKernelImport } from "./kernel-import.ts";

export function ImportDialog() {
  const client = useClient();
  const { file, version, handOver, problem, setVersion, start, close } = useKernelImport();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // How it goes on is seen where kernels are.
    if (await start(client)) useView.getState().show("settings");
  };
  return (
    <Dialog open={file !== undefined} onClose={close} title="Import a kernel release">
      <form className="flex flex-col gap-3 overflow-y-auto px-5 pb-5" onSubmit={(event) => void submit(event)}>
        <p className="wrap-anywhere">
          <b className="font-medium">{file?.name}</b>{" "}
          <span className="text-fg-3 text-s">{file && formatBytes(file.size)}</span>
        </p>
        <Field label="Version" hint="Needed only if the file name does not contain it.">
          {(tied) => (
            <TextInput
              {...tied}
              mono
              className="w-40"
              placeholder="from the file name"
              value={version}
              onChange={({ target }) => setVersion(target.value)}
            />
          )}
        </Field>
        {problem && <ProblemNote problem={problem} />}
        {handOver && <ProgressBar label="Uploading" done={handOver.doneBytes} total={handOver.totalBytes} />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button type="submit" look="main" disabled={handOver !== undefined}>
            Import
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
