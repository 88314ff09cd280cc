/** What a new user sees first: where to drop a program, the sample, and what this machine lacks, if it lacks something. */

import { Box, Play } from "lucide-react";
import { useState } from "react";
import { useDoctor } from "../../model/check-machine.ts";
import { trySample } from "../../model/draft/run.ts";
import { useView } from "../../model/view.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { Note } from "../../ui/note.tsx";
import { ChooseFile } from "./choose-program.tsx";

export function DropZone() {
  const client = useClient();
  const [isTrying, setTrying] = useState(false);
  const sample = async () => {
    setTrying(true);
    await trySample(client).finally(() => setTrying(false));
  };
  return (
    <section aria-label="First steps" className="flex min-h-0 flex-1 flex-col overflow-y-auto p-6">
      <div className="m-auto flex w-[min(560px,100%)] flex-col gap-4">
        <div className="flex flex-col items-center rounded-l border-2 border-line-strong border-dashed px-8 py-[54px] text-center">
          <span className="grid size-13 place-items-center rounded-l bg-accent-soft text-accent">
            <Box aria-hidden className="size-[26px]" strokeWidth={1.5} />
          </span>
          <h1 className="mt-4 text-xl">Drop a Linux program here</h1>
          <p className="mt-1.5 text-fg-2">
            Unideck boots it in its own virtual machine. No operating system to install; it starts in a tenth of a
            second.
          </p>
          <div className="mt-5 flex flex-wrap justify-center gap-2">
            <Button look="main" icon={Play} disabled={isTrying} onClick={sample}>
              Try the sample
            </Button>
            <ChooseFile />
          </div>
        </div>
        <Lacking />
      </div>
    </section>
  );
}

/** The worst thing the doctor found, where it stands in the way. */
function Lacking() {
  const failed = useDoctor(({ report }) => report?.checks.find(({ state }) => state === "failed"));
  if (!failed) return null;
  return (
    <Note
      tone="busy"
      title={`${failed.title}: ${failed.found}`}
      action={<Button onClick={() => useView.getState().show("doctor")}>What can I do?</Button>}
    >
      {failed.hint && <p>{failed.hint}</p>}
    </Note>
  );
}
