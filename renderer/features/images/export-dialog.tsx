/** Asks for the format and the place of an exported image; the export is a task. */

import { useState } from "react";
import type { ExportFormat } from "../../../shared/contract/images.ts";
import { WriteForm } from "../../frame/write-form.tsx";
import { useClient } from "../../platform/client.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field } from "../../ui/field.tsx";
import { Select } from "../../ui/select.tsx";

const formats: readonly { value: ExportFormat; words: string; ending: string }[] = [
  { value: "qcow2", words: "qcow2: QEMU, KVM, OpenStack, Proxmox", ending: "qcow2" },
  { value: "raw", words: "Raw disk", ending: "img" },
  { value: "vmdk", words: "VMDK: VMware", ending: "vmdk" },
  { value: "vhdx", words: "VHDX: Hyper-V", ending: "vhdx" },
  { value: "vhd", words: "Fixed VHD: Azure", ending: "vhd" },
  { value: "gce", words: "tar.gz: Google Cloud", ending: "tar.gz" },
];

const words = { start: "Export", doing: "Exporting", stop: "Stop the export", replace: "Replace an existing file" };

interface ExportDialogProps {
  /** Undefined: closed. */
  image: string | undefined;
  onClose: () => void;
}

export function ExportDialog({ image, onClose }: ExportDialogProps) {
  const client = useClient();
  const [format, setFormat] = useState<ExportFormat>("qcow2");
  const ending = formats.find(({ value }) => value === format)?.ending;
  return (
    <Dialog open={image !== undefined} onClose={onClose} title={`Export ${image}`}>
      {image !== undefined && (
        <WriteForm
          hint="A file on the computer that runs Unideck."
          placeholder={`/home/me/${image}.${ending}`}
          words={words}
          start={(out, force) => client.images.export({ image, format, out, force })}
          onClose={onClose}
        >
          {() => (
            <Field label="Format">
              {(tied) => <Select {...tied} value={format} onChange={setFormat} options={formats} />}
            </Field>
          )}
        </WriteForm>
      )}
    </Dialog>
  );
}
