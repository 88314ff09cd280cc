/** What is there for those who want to know more: closed until it is asked for. */

import { ChevronRight } from "lucide-react";
import type { ReactNode } from "react";

export function Fold({ label, open, children }: { label: ReactNode; open?: boolean; children: ReactNode }) {
  return (
    <details open={open} className="group mt-1 text-s">
      <summary className="inline-flex cursor-default list-none items-center gap-1 rounded-s text-fg-2 hover:text-fg [&::-webkit-details-marker]:hidden">
        <ChevronRight
          aria-hidden
          className="size-3.5 transition-transform duration-(--fast) group-open:rotate-90"
          strokeWidth={1.8}
        />
        {label}
      </summary>
      <div className="mt-1.5">{children}</div>
    </details>
  );
}
