/** Form fields: a label, the control, what it says about the value, and the error in place of that. */

import { type InputHTMLAttributes, type ReactNode, useId } from "react";
import { cx } from "./class-names.ts";

/** How a control that takes a value looks. */
export const control =
  "h-7 min-w-0 rounded-[7px] border border-line-strong bg-sunken px-2.5 text-m disabled:opacity-60 aria-invalid:border-bad";

interface FieldProps {
  label: string;
  hint?: ReactNode;
  error?: ReactNode | undefined;
  /** Gets the ids that tie label and message to the control. */
  children: (tied: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}

export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="grid grid-cols-[110px_1fr] items-center gap-x-3.5 max-[600px]:grid-cols-1">
      <label htmlFor={id} className="self-start text-fg-2 leading-7 max-[600px]:leading-normal">
        {label}
      </label>
      <div className="flex min-w-0 flex-col gap-1">
        {children({ id, "aria-describedby": note ? `${id}-note` : undefined, "aria-invalid": error !== undefined })}
        {note && (
          <div id={`${id}-note`} className={cx("text-s", error ? "text-bad" : "text-fg-3")}>
            {note}
          </div>
        )}
      </div>
    </div>
  );
}

interface TextInputProps extends InputHTMLAttributes<HTMLInputElement> {
  mono?: boolean;
}

export function TextInput({ mono, className, ...rest }: TextInputProps) {
  return (
    <input
      type="text"
      spellCheck={false}
      autoComplete="off"
      autoCapitalize="off"
      className={cx(control, mono && "font-mono text-s!", className)}
      {...rest}
    />
  );
}
