/** What the settings are made of: groups, and fields that save when they are left. */

import { type ReactNode, useState } from "react";
import { parseSize } from "../../model/sizes.ts";
import { Field, TextInput } from "../../ui/field.tsx";
import { formatBytes } from "../../ui/format.ts";

export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2.5">
      <h2 className="border-line border-b pb-1.5 font-semibold text-m">{title}</h2>
      {children}
    </section>
  );
}

interface SavedTextProps {
  label: string;
  value: string;
  unit?: string;
  /** For what is longer than a number. */
  wide?: boolean;
  /** Answers what is wrong with the text, if something is. */
  onSave: (text: string) => string | undefined;
}

/** A field that saves when it is left or Enter is pressed, and takes nothing that is wrong. */
export function SavedText({ label, value, unit, wide, onSave }: SavedTextProps) {
  const [typed, setTyped] = useState<string>();
  const [error, setError] = useState<string>();
  const save = () => {
    if (typed === undefined || typed === value) return setTyped(undefined);
    const wrong = onSave(typed);
    setError(wrong ?? undefined);
    if (!wrong) setTyped(undefined);
  };
  return (
    <Field label={label} error={error}>
      {(tied) => (
        <span className="flex items-center gap-2">
          <TextInput
            {...tied}
            mono
            className={wide ? "flex-1" : "w-28"}
            value={typed ?? value}
            onChange={({ target }) => setTyped(target.value)}
            onBlur={save}
            onKeyDown={({ key }) => key === "Enter" && save()}
          />
          {unit && <span className="text-fg-3 text-s">{unit}</span>}
        </span>
      )}
    </Field>
  );
}

interface NumberFieldProps {
  label: string;
  unit?: string;
  value: number;
  check: (value: number) => boolean;
  rule: string;
  onSave: (value: number) => void;
}

export function NumberField({ value, check, rule, onSave, ...rest }: NumberFieldProps) {
  const save = (text: string) => {
    const wanted = Number(text.replaceAll(/\s/g, ""));
    if (!check(wanted)) return rule;
    onSave(wanted);
    return undefined;
  };
  return <SavedText {...rest} value={String(value)} onSave={save} />;
}

/** `256 MB`, `1.5 GB`. */
export function SizeField({ value, check, rule, onSave, ...rest }: NumberFieldProps) {
  const save = (text: string) => {
    const bytes = parseSize(text);
    if (bytes === undefined || !check(bytes)) return rule;
    onSave(bytes);
    return undefined;
  };
  return <SavedText {...rest} value={formatBytes(value)} onSave={save} />;
}
