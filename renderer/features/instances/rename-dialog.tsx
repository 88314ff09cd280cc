/** Another name for an instance. */

import { useState } from "react";
import type { Instance } from "../../../shared/contract/instances.ts";
import type { ProblemReport } from "../../../shared/problem.ts";
import { useRenaming } from "../../model/use-actions.ts";
import { useClient } from "../../platform/client.tsx";
import { problemOf } from "../../platform/problem-of.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { ProblemNote } from "../../ui/note.tsx";

export function RenameDialog() {
  const asked = useRenaming(({ asked }) => asked);
  const close = () => useRenaming.setState({ asked: undefined });
  return (
    <Dialog open={asked !== undefined} onClose={close} title={`Rename ${asked?.name ?? ""}`}>
      {asked && <NameForm key={asked.id} instance={asked} onDone={close} />}
    </Dialog>
  );
}

function NameForm({ instance, onDone }: { instance: Instance; onDone: () => void }) {
  const client = useClient();
  const [name, setName] = useState(instance.name);
  const [problem, setProblem] = useState<ProblemReport>();
  const rename = async () => {
    try {
      await client.instances.rename({ id: instance.id, name: name.trim() });
      onDone();
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <form
      className="flex flex-col gap-3 px-5 pb-5"
      onSubmit={(event) => {
        event.preventDefault();
        void rename();
      }}
    >
      <Field label="Name">
        {(tied) => <TextInput {...tied} autoFocus value={name} onChange={(event) => setName(event.target.value)} />}
      </Field>
      {problem && <ProblemNote problem={problem} />}
      <div className="flex justify-end gap-2">
        <Button type="button" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" look="main" disabled={name.trim() === ""}>
          Rename
        </Button>
      </div>
    </form>
  );
}
