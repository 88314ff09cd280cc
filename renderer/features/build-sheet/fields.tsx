/** The fields of the build sheet: the usual ones, and under “More” the rest. */

import type { ReactNode } from "react";
import type { PortConflict } from "../../../shared/contract/instances.ts";
import type { Inspection } from "../../../shared/contract/programs.ts";
import { type Draft, type DraftErrors, usualProgramPath } from "../../model/draft/draft.ts";
import { portsFor } from "../../model/draft/ports.ts";
import { useBuild } from "../../model/draft/session.ts";
import { splitWords } from "../../model/words.ts";
import { Field, TextInput } from "../../ui/field.tsx";
import { Fold } from "../../ui/fold.tsx";
import { Tick } from "../../ui/tick.tsx";
import { AddedFiles } from "./added-files.tsx";
import { KernelField } from "./kernel-field.tsx";
import { NetworkField } from "./network-field.tsx";
import { MachineFields, MemoryAndCpus, PortsField } from "./run-fields.tsx";

interface FieldsProps {
  draft: Draft;
  inspection: Inspection;
  errors: DraftErrors;
  conflicts: readonly PortConflict[];
}

export function Fields({ draft, inspection, errors, conflicts }: FieldsProps) {
  const edit = useBuild((slice) => slice.edit);
  const guessed = portsFor(inspection.suggested.ports);
  return (
    <form className="flex flex-col gap-2.5" onSubmit={(event) => event.preventDefault()}>
      <Field label="Name" error={errors.name}>
        {(tied) => (
          <TextInput {...tied} value={draft.name} onChange={({ target }) => edit(renamed(draft, target.value))} />
        )}
      </Field>
      <Field label="Arguments" error={errors.arguments} hint={wordsOf(draft.arguments)}>
        {(tied) => (
          <TextInput
            {...tied}
            mono
            placeholder="none"
            value={draft.arguments}
            onChange={({ target }) => edit({ arguments: target.value })}
          />
        )}
      </Field>
      <Field label="Environment" error={errors.environment}>
        {(tied) => (
          <TextInput
            {...tied}
            mono
            placeholder="NAME=value OTHER='two words'"
            value={draft.environment}
            onChange={({ target }) => edit({ environment: target.value })}
          />
        )}
      </Field>
      <PortsField
        draft={draft}
        errors={errors}
        edit={edit}
        conflicts={conflicts}
        hint={guessed !== "" && draft.ports === guessed ? "guessed from the program" : undefined}
      />
      <Field label="Program path" error={errors.programPath}>
        {(tied) => (
          <TextInput
            {...tied}
            mono
            placeholder={usualProgramPath(draft, inspection)}
            value={draft.programPath}
            onChange={({ target }) => edit({ programPath: target.value })}
          />
        )}
      </Field>
      <NetworkField draft={draft} edit={edit} error={errors.network} />
      <AddedFiles files={draft.files} error={errors.files} />
      <KernelField draft={draft} />
      <MemoryAndCpus draft={draft} errors={errors} edit={edit} />
      <More draft={draft} errors={errors} />
    </form>
  );
}

/** Under another name, nothing is replaced. */
function renamed({ earlier }: Draft, name: string): Partial<Draft> {
  if (!earlier?.isReplaced) return { name };
  return { name, replace: false, earlier: { ...earlier, isReplaced: false } };
}

/** The words as the program will get them, once quotes or spaces make that worth a look. */
function wordsOf(line: string): ReactNode {
  const split = splitWords(line);
  if ("error" in split || split.words.length < 2) return undefined;
  return (
    <ul aria-label="Arguments as passed to the program" className="flex flex-wrap gap-1 pb-0.5">
      {split.words.map((word, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: words have no identity but their place
        <li key={index} className="rounded-s bg-sunken px-1.5 font-mono text-xs wrap-anywhere">
          {word === "" ? "(empty)" : word}
        </li>
      ))}
    </ul>
  );
}

function More({ draft, errors }: Pick<FieldsProps, "draft" | "errors">) {
  const edit = useBuild((slice) => slice.edit);
  return (
    <Fold label="More: disk size, machine, acceleration" open={errors.diskSize !== undefined}>
      <div className="flex flex-col gap-2.5 pt-1 text-m">
        <Field label="Disk size" error={errors.diskSize}>
          {(tied) => (
            <TextInput
              {...tied}
              mono
              className="w-48"
              placeholder="Automatic (smallest)"
              value={draft.diskSize}
              onChange={({ target }) => edit({ diskSize: target.value })}
            />
          )}
        </Field>
        <MachineFields draft={draft} edit={edit} />
        <Tick isOn={draft.replace} onChange={(isOn) => edit({ replace: isOn })} inForm>
          Overwrite an existing image of this name
        </Tick>
        <Tick isOn={draft.followLinks} onChange={(isOn) => edit({ followLinks: isOn })} inForm>
          Follow links: add what links in added folders lead to
        </Tick>
        <Tick isOn={draft.reportAsLinux} onChange={(isOn) => edit({ reportAsLinux: isOn })} inForm>
          Report as Linux: for programs that refuse any other name from uname (Pith only)
        </Tick>
        <Tick isOn={draft.reproducible} onChange={(isOn) => edit({ reproducible: isOn })} inForm>
          Reproducible build (byte-identical output)
        </Tick>
      </div>
    </Fold>
  );
}
