/** How a program is named without dragging: the system's dialog, or its path on the engine's machine. */

import { File } from "lucide-react";
import { type FormEvent, useState } from "react";
import { fromFiles } from "../../model/draft/dropped.ts";
import { useBuild } from "../../model/draft/session.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { FileButton } from "../../ui/file-button.tsx";

/** `again`: after one that was refused. */
export function ChooseProgram({ again }: { again?: boolean }) {
  const client = useClient();
  const [path, setPath] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (path.trim() !== "") void useBuild.getState().takePath(client, path.trim());
  };
  return (
    <div className="flex flex-col gap-4">
      <p className="text-fg-2">
        {again
          ? "Drop another program on the window, or choose one."
          : "Drop a Linux program on the window, or choose one. An archive of “docker save” works too."}
      </p>
      <div>
        <ChooseFile />
      </div>
      <form className="flex flex-col gap-2" onSubmit={submit}>
        <Field
          label="Or enter a path"
          hint="Absolute path on the computer that runs Unideck, or a container image such as docker.io/library/redis:8"
        >
          {(tied) => (
            <span className="flex gap-2">
              <TextInput
                {...tied}
                mono
                className="flex-1"
                placeholder="/home/me/server"
                value={path}
                onChange={({ target }) => setPath(target.value)}
              />
              <Button type="submit" disabled={path.trim() === ""}>
                Open
              </Button>
            </span>
          )}
        </Field>
      </form>
    </div>
  );
}

export function ChooseFile() {
  const client = useClient();
  return (
    <FileButton
      label="Program and files"
      icon={File}
      multiple
      onChoose={(chosen) => void useBuild.getState().takeDrop(client, Promise.resolve(fromFiles(chosen)))}
    >
      Choose a file…
    </FileButton>
  );
}
