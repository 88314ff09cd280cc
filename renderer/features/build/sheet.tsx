/** The build sheet: what the program is, what goes with it, and the button that builds and runs it. */

import { Play, X } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import type { Inspection } from "../../../shared/contract/programs.ts";
import { useClient } from "../../app/client.tsx";
import { chord, hasCommandKey } from "../../app/shortcuts.ts";
import { useKernels } from "../../store/engine.ts";
import { useTasks } from "../../store/tasks.ts";
import { Button, IconButton } from "../../ui/button.tsx";
import { Sheet } from "../../ui/dialog.tsx";
import { Field, Select, TextInput } from "../../ui/field.tsx";
import { formatBytes } from "../../ui/format.ts";
import { Note, ProblemNote } from "../../ui/note.tsx";
import { ProgressBar } from "../../ui/progress.tsx";
import { type Draft, type DraftErrors, wishesOf } from "./draft.ts";
import { ChooseFile } from "./drop-zone.tsx";
import { buildFromSheet } from "./run.ts";
import { useBuild } from "./session.ts";

export function BuildSheet() {
  const client = useClient();
  const { open, stage, title, inspection, draft, problem, handOver, close } = useBuild();
  const [errors, setErrors] = useState<DraftErrors>({});
  const isReady = stage === "ready" && inspection !== undefined && draft !== undefined;

  const build = (andRun: boolean) => {
    if (!isReady) return;
    const wishes = wishesOf(draft, inspection.program);
    setErrors("errors" in wishes ? wishes.errors : {});
    if ("build" in wishes) void buildFromSheet(client, wishes.build, andRun ? wishes.run : undefined);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && hasCommandKey(event)) build(true);
  };

  return (
    <Sheet
      open={open}
      onClose={close}
      title={title ? `Build ${title}` : "Build a program"}
      tools={<IconButton icon={X} label="Close" onClick={close} />}
      foot={
        isReady && (
          <>
            <Button className="ml-auto" onClick={() => build(false)}>
              Build
            </Button>
            <Button look="main" icon={Play} keys={chord("Enter")} onClick={() => build(true)}>
              Build & run
            </Button>
          </>
        )
      }
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the button below, from any field */}
      <div className="flex flex-col gap-4" onKeyDown={onKeyDown}>
        {stage === "choose" && (
          <div className="flex flex-col items-start gap-3">
            <p className="text-fg-2">Drop a Linux program on the window, or choose one.</p>
            <ChooseFile />
          </div>
        )}
        {stage === "reading" && !handOver && <p role="status">Looking at the program…</p>}
        {handOver && <p role="status">Handing files over…</p>}
        {problem && <ProblemNote problem={problem} />}
        {inspection && <ProgramCard inspection={inspection} />}
        {inspection && <Findings inspection={inspection} />}
        {isReady && <Fields draft={draft} errors={errors} />}
        {stage === "building" && <Progress />}
      </div>
    </Sheet>
  );
}

const languages: Record<Inspection["program"]["language"], string> = {
  go: "Go program",
  rust: "Rust program",
  "c++": "C++ program",
  c: "C program",
  unknown: "Program",
};

function ProgramCard({ inspection: { program, libraries } }: { inspection: Inspection }) {
  const facts = [
    formatBytes(program.sizeBytes),
    program.linkage,
    program.toolchain,
    program.stripped ? "stripped" : undefined,
  ];
  const found = libraries.filter((library) => library.found).length;
  return (
    <section aria-label="Program" className="rounded-m border border-line p-3.5">
      <h2 className="font-semibold">
        {languages[program.language]}, {program.architecture}
      </h2>
      <p className="text-fg-2 text-s">{facts.filter((fact) => fact !== undefined).join(" · ")}</p>
      {libraries.length > 0 && (
        <p className="text-fg-2 text-s">
          {found} of {libraries.length} libraries found
        </p>
      )}
    </section>
  );
}

function Findings({ inspection }: { inspection: Inspection }) {
  return inspection.findings.map(({ level, rule, message, hint }) => (
    <Note
      key={`${rule} ${message}`}
      tone={level === "error" ? "bad" : level === "warning" ? "busy" : "plain"}
      title={message}
    >
      {hint && <p>{hint}</p>}
    </Note>
  ));
}

const texts: readonly {
  key: "name" | "arguments" | "environment" | "ports" | "memory" | "cpus";
  label: string;
  placeholder?: string;
}[] = [
  { key: "name", label: "Name" },
  { key: "arguments", label: "Arguments", placeholder: "none" },
  { key: "environment", label: "Environment", placeholder: "NAME=value" },
  { key: "ports", label: "Ports", placeholder: "8080:80" },
  { key: "memory", label: "Memory" },
  { key: "cpus", label: "CPUs" },
];

function Fields({ draft, errors }: { draft: Draft; errors: DraftErrors }) {
  const kernels = useKernels((slice) => slice.kernels);
  const edit = useBuild((slice) => slice.edit);
  return (
    <form className="flex flex-col gap-2.5" onSubmit={(event) => event.preventDefault()}>
      {texts.map(({ key, label, placeholder }) => (
        <Field key={key} label={label} error={errors[key]}>
          {(tied) => (
            <TextInput
              {...tied}
              mono={key !== "name"}
              placeholder={placeholder}
              value={draft[key]}
              onChange={({ target }) => edit({ [key]: target.value })}
            />
          )}
        </Field>
      ))}
      <Field label="Kernel">
        {(tied) => (
          <Select {...tied} value={draft.kernel} onChange={({ target }) => edit({ kernel: target.value })}>
            {!kernels.some(({ id }) => id === draft.kernel) && (
              <option value={draft.kernel}>{draft.kernel} (not built)</option>
            )}
            {kernels.map(({ id, kind, version }) => (
              <option key={id} value={id}>
                {kind} {version}
              </option>
            ))}
          </Select>
        )}
      </Field>
      {draft.files.length > 0 && (
        <ul aria-label="Added files" className="text-s">
          {draft.files.map(({ guest, sizeBytes }) => (
            <li key={guest} className="font-mono">
              {guest} {sizeBytes !== undefined && formatBytes(sizeBytes)}
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

function Progress() {
  const client = useClient();
  const id = useBuild(({ taskId }) => taskId);
  const task = useTasks(({ byKey }) => (id === undefined ? undefined : byKey[id]));
  if (!task) return null;
  const { done, total, unit } = task.progress;
  return (
    <section aria-label="Progress" className="flex flex-col gap-2">
      <p role="status">
        {task.phase} {unit === "bytes" && total > 0 && `${formatBytes(done)} of ${formatBytes(total)}`}
      </p>
      <ProgressBar label={task.phase} done={done} total={total} />
      <Button className="self-start" onClick={() => void client.tasks.cancel({ id: task.id })}>
        Cancel
      </Button>
    </section>
  );
}
