/** Buttons: one look for the main action of a place, one for the others, a bare one for bars, icons with names. */

import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import { cx } from "./class-names.ts";

type Look = "main" | "plain" | "bare" | "bad";

const looks: Record<Look, string> = {
  main: "border-transparent bg-accent font-semibold text-accent-fg hover:brightness-110",
  plain: "border-line-strong bg-raised font-medium text-fg hover:bg-sunken",
  bare: "border-transparent font-medium text-fg-2 hover:bg-sunken hover:text-fg px-[7px]! aria-pressed:bg-accent-soft aria-pressed:text-accent",
  bad: "border-line-strong bg-raised font-medium text-bad hover:bg-bad-soft",
};

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: Look;
  icon?: LucideIcon;
  /** The keys that do the same, shown behind the words. */
  keys?: string;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ look = "plain", icon: Icon, keys, className, children, ...rest }: ButtonProps) {
  return (
    <button
      type="button"
      className={cx(
        "inline-flex h-7 shrink-0 items-center gap-[7px] whitespace-nowrap rounded-[7px] border px-3 text-m transition-colors duration-(--fast) disabled:pointer-events-none disabled:opacity-50",
        looks[look],
        className,
      )}
      {...rest}
    >
      {Icon && <Icon aria-hidden className="size-3.5" strokeWidth={1.8} />}
      {children}
      {keys && (
        <span aria-hidden className="ml-0.5 font-medium opacity-90">
          {keys}
        </span>
      )}
    </button>
  );
}

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  icon: LucideIcon;
  /** What it does; its name for those who do not see the icon, its tooltip for those who do. */
  label: string;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon: Icon, label, className, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={cx(
        "inline-grid size-7 shrink-0 place-items-center rounded-[7px] text-fg-2 transition-colors duration-(--fast) hover:bg-sunken hover:text-fg aria-pressed:bg-accent-soft aria-pressed:text-accent disabled:pointer-events-none disabled:opacity-40",
        className,
      )}
      {...rest}
    >
      <Icon aria-hidden className="size-3.5" strokeWidth={1.8} />
    </button>
  );
}
