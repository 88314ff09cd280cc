/** The bar on top of a detail: back to the list in one column, what it is, its state, what else is known of it, what can be done. */

import { ArrowLeft } from "lucide-react";
import type { ReactNode } from "react";
import { useView } from "../model/view.ts";
import { IconButton } from "../ui/button.tsx";
import { PaneHead } from "../ui/pane.tsx";

interface DetailHeadProps {
  title: string;
  state?: ReactNode;
  /** They give way before anything else does. */
  facts?: ReactNode;
  /** Its actions. */
  children?: ReactNode;
}

export function DetailHead({ title, state, facts, children }: DetailHeadProps) {
  return (
    <PaneHead>
      <IconButton
        icon={ArrowLeft}
        label="Back to the list"
        className="-ml-2 wide:hidden"
        onClick={() => useView.getState().closeDetail()}
      />
      <h1 className="truncate">{title}</h1>
      {state}
      <span className="min-w-0 flex-1 truncate text-fg-3 text-s tabular-nums">{facts}</span>
      <div className="flex shrink-0 items-center gap-2">{children}</div>
    </PaneHead>
  );
}
