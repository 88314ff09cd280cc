/** One of a few things, chosen from a list that opens: in the look of everything else, by keyboard as the system's own. */

import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";
import { cx } from "./class-names.ts";
import { control } from "./field.tsx";

export interface Option<Value extends string> {
  value: Value;
  words: string;
  disabled?: boolean;
}

interface SelectProps<Value extends string> {
  options: readonly Option<Value>[];
  /** Undefined: nothing is chosen yet. */
  value: Value | undefined;
  onChange: (value: Value) => void;
  /** Shown while nothing is chosen. */
  placeholder?: string;
  className?: string;
  id?: string;
  "aria-label"?: string;
  "aria-describedby"?: string | undefined;
  "aria-invalid"?: boolean;
}

export function Select<Value extends string>({
  options,
  value,
  onChange,
  placeholder,
  className,
  ...tied
}: SelectProps<Value>) {
  const choose = (wanted: unknown) => {
    const option = options.find((one) => one.value === wanted);
    if (option) onChange(option.value);
  };
  const words = options.find((one) => one.value === value)?.words;
  return (
    <Base.Root value={value ?? null} onValueChange={choose}>
      <Base.Trigger
        {...tied}
        className={cx(
          control,
          "inline-flex max-w-full items-center gap-2 pr-1.5 text-left hover:border-fg-3 data-popup-open:border-accent",
          className,
        )}
      >
        <span className={cx("min-w-0 flex-1 truncate", words === undefined && "text-fg-3")}>
          {words ?? placeholder}
        </span>
        <ChevronsUpDown aria-hidden className="size-3.5 shrink-0 text-fg-3" strokeWidth={1.8} />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className="z-40" sideOffset={4} align="start" alignItemWithTrigger={false}>
          <Base.Popup
            aria-label={tied["aria-label"] ?? "Choices"}
            className="enter-fade max-h-(--available-height) min-w-(--anchor-width) max-w-[min(420px,calc(100vw-16px))] overflow-y-auto rounded-m border border-line bg-raised p-1 shadow-sheet outline-none"
          >
            {options.map((option) => (
              <Base.Item
                key={option.value}
                value={option.value}
                disabled={option.disabled ?? false}
                className="grid min-h-7 cursor-default grid-cols-[16px_1fr] items-center gap-1.5 rounded-s px-1.5 py-0.5 outline-none data-disabled:opacity-45 data-highlighted:bg-accent-soft"
              >
                <Base.ItemIndicator className="col-start-1">
                  <Check aria-hidden className="size-3.5 text-accent" strokeWidth={2} />
                </Base.ItemIndicator>
                <Base.ItemText className="col-start-2 wrap-anywhere">{option.words}</Base.ItemText>
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
