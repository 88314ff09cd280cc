/** The fields of the build sheet: the usual ones, and under “More” the rest. */

import { type ReactNode, useId } from "react";
import type { Inspection } from "../../../shared/contract/programs.ts";
import {
  type Accelerator,
  type Draft,
  type DraftErrors,
  type Machine,
  usualProgramPath,
} from "../../model/draft/draft.ts";
import { formatPorts } from "../../model/draft/ports.ts";
import { useBuild } from "../../model/draft/session.ts";
import { splitWords } from "../../model/words.ts";
import { Field, TextInput } from "../../ui/field.tsx";
import { Fold } from "../../ui/fold.tsx";
import { Tick } from "../../ui/tick.tsx";
import { AddedFiles } from "./added-files.tsx";
import { Choice } from "./choice.tsx";
import { KernelField } from "./kernel-field.tsx";
import { NetworkField } from "./network-field.tsx";

interface FieldsProps {
  draft: Draft;
  inspection: Inspection;
  errors: DraftErrors;
}

export function Fields({ draft, inspection, errors }: FieldsProps) {
  const edit = useBuild((slice) => slice.edit);
  const guessed = formatPorts(inspection.suggested.ports.map((port) => ({ host: port, guest: port, protocol: "tcp" })));
  return (
    <form className="flex flex-col gap-2.5" onSubmit={(event) => event.preventDefault()}>
      <Field label="Name" error={errors.name}>
        {(tied) => <TextInput {...tied} value={draft.name} onChange={({ target }) => edit({ name: target.value })} />}
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
      <Field
        label="Ports"
        error={errors.ports}
        hint={guessed !== "" && draft.ports === guessed ? "guessed from the program" : undefined}
      >
        {(tied) => (
          <TextInput
            {...tied}
            mono
            placeholder="none; 8080, HOST:GUEST, 0.0.0.0:HOST:GUEST/udp"
            value={draft.ports}
            onChange={({ target }) => edit({ ports: target.value })}
          />
        )}
      </Field>
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
      <NetworkField draft={draft} error={errors.network} />
      <AddedFiles files={draft.files} error={errors.files} />
      <KernelField draft={draft} />
      <MemoryAndCpus draft={draft} errors={errors} />
      <More draft={draft} errors={errors} />
    </form>
  );
}

/** The words as the program will get them, once quotes or spaces make that worth a look. */
function wordsOf(line: string): ReactNode {
  const split = splitWords(line);
  if ("error" in split || split.words.length < 2) return undefined;
  return (
    <ul aria-label="Arguments as the program gets them" className="flex flex-wrap gap-1 pb-0.5">
      {split.words.map((word, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: words have no identity but their place
        <li key={index} className="rounded-s bg-sunken px-1.5 font-mono text-xs wrap-anywhere">
          {word === "" ? "(empty)" : word}
        </li>
      ))}
    </ul>
  );
}

function MemoryAndCpus({ draft, errors }: Omit<FieldsProps, "inspection">) {
  const edit = useBuild((slice) => slice.edit);
  const cpus = useId();
  return (
    <Field label="Memory" error={errors.memory ?? errors.cpus}>
      {(tied) => (
        <span className="flex items-center gap-2">
          <TextInput
            {...tied}
            mono
            className="w-24"
            value={draft.memory}
            onChange={({ target }) => edit({ memory: target.value })}
          />
          <label htmlFor={cpus} className="ml-2 text-fg-2">
            CPUs
          </label>
          <TextInput
            id={cpus}
            mono
            inputMode="numeric"
            className="w-12"
            aria-invalid={errors.cpus !== undefined}
            value={draft.cpus}
            onChange={({ target }) => edit({ cpus: target.value })}
          />
        </span>
      )}
    </Field>
  );
}

const machines: readonly { value: Machine; words: string }[] = [
  { value: "auto", words: "as the kernel likes it" },
  { value: "microvm", words: "microvm: starts fastest" },
  { value: "q35", words: "q35: boots from the disk" },
];

const accelerators: readonly { value: Accelerator; words: string }[] = [
  { value: "auto", words: "the best that works here" },
  { value: "kvm", words: "KVM (Linux)" },
  { value: "hvf", words: "HVF (macOS)" },
  { value: "tcg", words: "TCG: emulation, works everywhere" },
];

function More({ draft, errors }: Omit<FieldsProps, "inspection">) {
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
              placeholder="as small as possible"
              value={draft.diskSize}
              onChange={({ target }) => edit({ diskSize: target.value })}
            />
          )}
        </Field>
        <Field label="Machine">
          {(tied) => (
            <Choice tied={tied} options={machines} value={draft.machine} onChange={(machine) => edit({ machine })} />
          )}
        </Field>
        <Field label="Acceleration">
          {(tied) => (
            <Choice
              tied={tied}
              options={accelerators}
              value={draft.accelerator}
              onChange={(accelerator) => edit({ accelerator })}
            />
          )}
        </Field>
        <Tick isOn={draft.replace} onChange={(isOn) => edit({ replace: isOn })} inForm>
          Replace an image of this name, whoever made it
        </Tick>
        <Tick isOn={draft.followLinks} onChange={(isOn) => edit({ followLinks: isOn })} inForm>
          Follow links: add what links in added folders lead to
        </Tick>
        <Tick isOn={draft.reproducible} onChange={(isOn) => edit({ reproducible: isOn })} inForm>
          Reproducible: the same files give the same image, to the byte
        </Tick>
      </div>
    </Fold>
  );
}
