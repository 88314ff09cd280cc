/** A button that asks for files by the system's own dialog, for those who don't drag. */

import type { LucideIcon } from "lucide-react";
import { useRef } from "react";
import { Button } from "./button.tsx";

interface FileButtonProps {
  /** What is asked for. */
  label: string;
  icon?: LucideIcon;
  multiple?: boolean;
  /** Kinds that are offered, as `input` has them. */
  accept?: string;
  onChoose: (files: readonly File[]) => void;
  children: string;
}

export function FileButton({ label, icon, multiple, accept, onChoose, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        aria-label={label}
        multiple={multiple}
        accept={accept}
        onChange={({ target }) => {
          const files = [...(target.files ?? [])];
          // The same ones can be chosen again.
          target.value = "";
          if (files.length > 0) onChoose(files);
        }}
      />
      <Button icon={icon} onClick={() => input.current?.click()}>
        {children}
      </Button>
    </>
  );
}
