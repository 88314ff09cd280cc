/** The sheet that runs an image: its ports, networks and size, as they were for its last run. */

import { Play, X } from "lucide-react";
import { useEffect, useState } from "react";
import { shownConsole } from "../../model/console/sessions.ts";
import { runSpecOf } from "../../model/draft/draft.ts";
import { usePortConflicts } from "../../model/draft/port-conflicts.ts";
import { declaredPorts, useRun } from "../../model/draft/run-session.ts";
import { useClient } from "../../platform/client.tsx";
import { chord, hasCommandKey } from "../../platform/shortcuts.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Sheet } from "../../ui/dialog.tsx";
import { Fold } from "../../ui/fold.tsx";
import { ProblemNote } from "../../ui/note.tsx";
import { NetworkField } from "./network-field.tsx";
import { MachineFields, MemoryAndCpus, PortsField } from "./run-fields.tsx";

export function RunSheet() {
  const client = useClient();
  const { open, image, draft, isAgain, isStarting, problem, edit, run, close } = useRun();
  /** Errors are shown from the first attempt on. */
  const [isTold, setTold] = useState(false);
  const conflicts = usePortConflicts(open ? draft : undefined);
  const spec = draft && runSpecOf(draft);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another image begins with a clean sheet
  useEffect(() => setTold(false), [image, open]);

  const start = () => {
    setTold(true);
    if (conflicts.length === 0) void run(client);
  };
  const errors = isTold && spec && "errors" in spec ? spec.errors : {};
  const declared = image ? declaredPorts(image) : [];
  return (
    <Sheet
      open={open}
      onClose={close}
      title={
        <>
          Run <span className="font-medium text-fg-2">{image?.name.split("/").at(-1)}</span>
        </>
      }
      focusNext={() => (useRun.getState().hasRun && shownConsole()) || true}
      onKeyDown={(event) => event.key === "Enter" && hasCommandKey(event) && start()}
      tools={<IconButton icon={X} label="Close" onClick={close} />}
      foot={
        <>
          {isAgain && <span className="text-fg-3 text-s">As it was run last</span>}
          <Button look="main" icon={Play} keys={chord("⏎")} className="ml-auto" disabled={isStarting} onClick={start}>
            {isStarting ? "Starting…" : "Run"}
          </Button>
        </>
      }
    >
      {problem && <ProblemNote problem={problem} />}
      {draft && (
        <form className="flex flex-col gap-2.5" onSubmit={(event) => event.preventDefault()}>
          <PortsField
            draft={draft}
            errors={errors}
            edit={edit}
            conflicts={conflicts}
            hint={declared.length > 0 ? `The image declares ${declared.join(", ")}.` : "The image declares no ports."}
          />
          <NetworkField draft={draft} edit={edit} error={errors.network} />
          <MemoryAndCpus draft={draft} errors={errors} edit={edit} />
          <Fold label="More: machine, acceleration">
            <div className="flex flex-col gap-2.5 pt-1 text-m">
              <MachineFields draft={draft} edit={edit} />
            </div>
          </Fold>
        </form>
      )}
    </Sheet>
  );
}
