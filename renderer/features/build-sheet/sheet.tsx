/** The build sheet: what the program is, what goes with it, and the button that builds and runs it. */

import { Play, X } from "lucide-react";
import { useEffect, useState } from "react";
import { shownConsole } from "../../model/console/sessions.ts";
import { type Draft, type DraftErrors, type DraftSpecs, specsOf } from "../../model/draft/draft.ts";
import { usePortConflicts } from "../../model/draft/port-conflicts.ts";
import { buildFromSheet } from "../../model/draft/run.ts";
import { useBuild } from "../../model/draft/session.ts";
import { useKernels } from "../../model/engine.ts";
import { progressWords } from "../../model/task-words.ts";
import { useClient } from "../../platform/client.tsx";
import { chord, hasCommandKey } from "../../platform/shortcuts.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Sheet } from "../../ui/dialog.tsx";
import { formatBytes } from "../../ui/format.ts";
import { ProblemNote } from "../../ui/note.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { BuildProgress } from "./build-progress.tsx";
import { ChooseProgram } from "./choose-program.tsx";
import { ConfiguredNote } from "./configured-note.tsx";
import { CompanionNote, DoubtfulNote, EarlierChoice, RestoredNote, ScriptNote } from "./earlier-choice.tsx";
import { Fields } from "./fields.tsx";
import { JsonView } from "./json-view.tsx";
import { Findings, Libraries, ProgramCard } from "./program-card.tsx";

export function BuildSheet() {
  const client = useClient();
  const { open, stage, title, inspection, inspectedMs, draft, problem, isRestored, close } = useBuild();
  const [view, setView] = useState<"form" | "json">("form");
  /** Errors are told from the first attempt to build on; before that nobody has made one. */
  const [isTold, setTold] = useState(false);
  /** The JSON as it stands can't be read, so the fields are not what is on screen. */
  const [isBroken, setBroken] = useState(false);
  const spec = inspection && draft && specsOf(draft, inspection.program);
  const isReady = stage === "ready" && spec !== undefined;
  const kernelKind = useKernels(({ kernels }) => kernels.find(({ id }) => id === draft?.kernel)?.kind);

  const replaced = draft?.earlier?.isReplaced ? draft.earlier.instance?.id : undefined;
  const conflicts = usePortConflicts(open && stage === "ready" ? draft : undefined, replaced);

  const show = (next: "form" | "json") => {
    setView(next);
    setBroken(false);
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: another program begins with a clean sheet
  useEffect(() => {
    setTold(false);
    show("form");
  }, [inspection]);

  const build = (andRun: boolean) => {
    if (!isReady || isBroken) return;
    // The field says which port is in use, and what can be done.
    if (andRun && conflicts.length > 0) return show("form");
    if ("build" in spec) void buildFromSheet(client, spec.build, andRun ? spec.run : undefined, replaced);
    else {
      setTold(true);
      show("form");
    }
  };

  return (
    <Sheet
      open={open}
      onClose={close}
      title={
        <>
          Build <span className="font-medium text-fg-2">{title || "a program"}</span>
        </>
      }
      focusNext={() => (useBuild.getState().hasRun && shownConsole()) || true}
      onKeyDown={(event) => event.key === "Enter" && hasCommandKey(event) && build(true)}
      tools={
        <>
          {isReady && (
            <Button look="bare" aria-pressed={view === "json"} onClick={() => show(view === "json" ? "form" : "json")}>
              JSON
            </Button>
          )}
          <IconButton icon={X} label="Close" onClick={close} />
        </>
      }
      foot={
        isReady && (
          <>
            <Estimate draft={draft} />
            <Button className="ml-auto" disabled={isBroken} onClick={() => build(false)}>
              Build
            </Button>
            <Button look="main" icon={Play} keys={chord("⏎")} disabled={isBroken} onClick={() => build(true)}>
              {replaced ? "Replace & run" : "Build & run"}
            </Button>
          </>
        )
      }
    >
      {stage === "choose" && <ChooseProgram />}
      {stage === "reading" && <Reading />}
      {inspection && <ProgramCard inspection={inspection} inspectedMs={inspectedMs} files={draft?.files ?? []} />}
      {problem && <ProblemNote problem={problem} />}
      {stage === "refused" && <ScriptNote />}
      {stage === "refused" && <ChooseProgram again />}
      {stage === "building" && <BuildProgress />}
      {isReady && inspection && (
        <>
          {isRestored && <RestoredNote />}
          <DoubtfulNote />
          {draft?.configured && <ConfiguredNote configured={draft.configured} />}
          {draft && <CompanionNote draft={draft} />}
          {draft?.earlier && <EarlierChoice draft={draft} earlier={draft.earlier} />}
          <Findings
            findings={inspection.findings.filter(({ kernel }) => kernel === undefined || kernel === kernelKind)}
          />
          <Libraries libraries={inspection.libraries} files={draft?.files ?? []} />
          {view === "form" && draft && (
            <Fields draft={draft} inspection={inspection} errors={isTold ? errorsOf(spec) : {}} conflicts={conflicts} />
          )}
          {view === "json" && draft && <JsonView draft={draft} inspection={inspection} onBroken={setBroken} />}
        </>
      )}
    </Sheet>
  );
}

const errorsOf = (spec: DraftSpecs): DraftErrors => ("errors" in spec ? spec.errors : {});

/** How files come over, once that takes long enough to be seen. */
function Reading() {
  const handOver = useBuild((slice) => slice.handOver);
  const close = useBuild((slice) => slice.close);
  const pulling = useBuild((slice) => slice.pulling);
  if (pulling)
    return (
      <section aria-label="Progress" className="flex flex-col gap-2">
        <p role="status" className="tabular-nums">
          {pulling.phase} <span className="text-fg-3">{progressWords(pulling.progress)}</span>
        </p>
        <ProgressBar label={pulling.phase} done={pulling.progress.done} total={pulling.progress.total} />
        <Button className="self-start" onClick={close}>
          Cancel
        </Button>
      </section>
    );
  if (!handOver) return <p role="status">Inspecting the program…</p>;
  const { doneBytes, totalBytes } = handOver;
  return (
    <section aria-label="Progress" className="flex flex-col gap-2">
      <p role="status" className="tabular-nums">
        Uploading {formatBytes(doneBytes)} of {formatBytes(totalBytes)}
      </p>
      <ProgressBar label="Uploading files" done={doneBytes} total={totalBytes} />
      <Button className="self-start" onClick={close}>
        Cancel
      </Button>
    </section>
  );
}

/** What the image will hold, as far as it is known before it is made. */
function Estimate({ draft }: { draft: Draft | undefined }) {
  const inspection = useBuild((slice) => slice.inspection);
  if (!inspection || !draft) return null;
  const libraries = inspection.libraries.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  const files = draft.files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
  return (
    <span className="text-fg-3 text-s tabular-nums">
      ≈ {formatBytes(inspection.program.sizeBytes + libraries + files)} of files
    </span>
  );
}
