/** Asks where to copy something of an image to, on the engine's computer; the copy is a task. */

import { WriteForm } from "../../frame/write-form.tsx";
import { useClient } from "../../platform/client.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import type { Place } from "./use-folders.ts";

interface CopyOutDialogProps {
  place: Place;
  /** Undefined: closed. */
  path: string | undefined;
  onClose: () => void;
}

const words = { start: "Copy", doing: "Copying", stop: "Stop copying", replace: "Replace existing files" };

export function CopyOutDialog({ place: { image, partition }, path, onClose }: CopyOutDialogProps) {
  const client = useClient();
  return (
    <Dialog open={path !== undefined} onClose={onClose} title={`Copy ${path === "/" ? "everything" : path} out`}>
      {path !== undefined && (
        <WriteForm
          hint="A folder on the computer that runs Unideck, or a new name in one."
          placeholder="/home/me/copied"
          words={words}
          start={(to, force) => client.imageContents.copyOut({ image, partition, paths: [path], to, force })}
          onClose={onClose}
        />
      )}
    </Dialog>
  );
}
