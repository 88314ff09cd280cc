/** A box to tick, with the words of what is then so. */

import type { ReactNode } from "react";
import { cx } from "./class-names.ts";

interface TickProps {
  isOn: boolean;
  onChange: (isOn: boolean) => void;
  disabled?: boolean;
  /** Under the controls of a form's fields. */
  inForm?: boolean;
  className?: string;
  children: ReactNode;
}

export function Tick({ isOn, onChange, disabled, inForm, className, children }: TickProps) {
  return (
    <label className={cx("flex items-center gap-2", inForm && "ml-[124px] max-[600px]:ml-0", className)}>
      <input
        type="checkbox"
        className="accent-accent"
        checked={isOn}
        disabled={disabled}
        onChange={({ target }) => onChange(target.checked)}
      />
      {children}
    </label>
  );
}
