/** The fields of how an instance is run: in the build sheet, and in the sheet that runs an image. */

import { type ReactNode, useId } from "react";
import type { PortConflict } from "../../../shared/contract/instances.ts";
import type { DraftErrors, RunDraft } from "../../model/draft/draft.ts";
import { withHostPort } from "../../model/draft/port-conflicts.ts";
import { useHypervisors } from "../../model/engine.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { Button } from "../../ui/button.tsx";
import { Field, TextInput } from "../../ui/field.tsx";
import { Choice } from "./choice.tsx";

export interface RunFieldsProps {
  draft: RunDraft;
  errors: DraftErrors;
  edit: (change: Partial<RunDraft>) => void;
}

interface PortsFieldProps extends RunFieldsProps {
  conflicts: readonly PortConflict[];
  hint: ReactNode;
}

export function PortsField({ draft, errors, edit, conflicts, hint }: PortsFieldProps) {
  const error =
    errors.ports ??
    (conflicts.length > 0 && (
      <ul className="flex flex-col gap-1.5">
        {conflicts.map((conflict) => (
          <Conflict
            key={`${conflict.forward.protocol}${conflict.forward.hostAddress}:${conflict.forward.host}`}
            conflict={conflict}
            choose={(host) => edit({ ports: withHostPort(draft.ports, conflict, host) })}
          />
        ))}
      </ul>
    ));
  return (
    <Field label="Ports" error={error || undefined} hint={hint}>
      {(tied) => (
        <TextInput
          {...tied}
          mono
          placeholder="none, or 8080, HOST:GUEST, 0.0.0.0:HOST:GUEST/udp"
          value={draft.ports}
          onChange={({ target }) => edit({ ports: target.value })}
        />
      )}
    </Field>
  );
}

function Conflict({ conflict, choose }: { conflict: PortConflict; choose: (host: number) => void }) {
  const client = useClient();
  const { problem, free, holder } = conflict;
  return (
    <li className="flex flex-wrap items-center gap-x-2 gap-y-1">
      <span className="wrap-anywhere">{problem.message}.</span>
      {free !== undefined && <Button onClick={() => choose(free)}>Use {free}</Button>}
      {holder && (
        <Button onClick={() => void attempt(() => client.instances.stop({ id: holder.id }))}>Stop {holder.name}</Button>
      )}
    </li>
  );
}

export function MemoryAndCpus({ draft, errors, edit }: RunFieldsProps) {
  const cpus = useId();
  const isMemoryWrong = errors.memory !== undefined;
  return (
    <Field label="Memory" error={[errors.memory, errors.cpus].filter(Boolean).join(" ") || undefined}>
      {(tied) => (
        <span className="flex items-center gap-2">
          <TextInput
            {...tied}
            mono
            aria-invalid={isMemoryWrong}
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
            aria-describedby={tied["aria-describedby"]}
            value={draft.cpus}
            onChange={({ target }) => edit({ cpus: target.value })}
          />
        </span>
      )}
    </Field>
  );
}

/** The choices that the hypervisor has; the first of each is its own. */
export function MachineFields({ draft, edit }: Omit<RunFieldsProps, "errors">) {
  const options = useHypervisors(({ hypervisors }) => hypervisors[0]?.options) ?? [];
  return options.map(({ name, title, choices }) => (
    <Field key={name} label={title}>
      {(tied) => (
        <Choice
          tied={tied}
          options={choices.map((choice) => ({ value: choice.value, words: choice.title }))}
          value={draft.options[name] ?? choices[0]?.value ?? ""}
          onChange={(value) => edit({ options: { ...draft.options, [name]: value } })}
        />
      )}
    </Field>
  ));
}
