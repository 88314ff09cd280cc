/** Notes: something that a person should know, with what to do about it and the details behind a fold. */

import { Copy } from "lucide-react";
import type { ReactNode } from "react";
import { toast } from "sonner";
import type { ProblemReport } from "../../shared/problem.ts";
import { copyText } from "../platform/clipboard.ts";
import { reportText } from "../platform/problem-of.ts";
import { Button } from "./button.tsx";
import { cx } from "./class-names.ts";
import { Fold } from "./fold.tsx";

type NoteTone = "busy" | "bad" | "plain";

const tones: Record<NoteTone, string> = { busy: "bg-busy-soft", bad: "bg-bad-soft", plain: "bg-sunken" };

interface NoteProps {
  tone: NoteTone;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  /** Read out at once by screen readers. */
  urgent?: boolean;
}

export function Note({ tone, title, children, action, urgent }: NoteProps) {
  return (
    <div
      role={urgent ? "alert" : "note"}
      className={cx("flex items-center gap-3 rounded-m px-3 py-2.5 text-s select-text", tones[tone])}
    >
      <div className="min-w-0 flex-1">
        <p className="font-semibold text-m wrap-anywhere">{title}</p>
        {children}
      </div>
      {action}
    </div>
  );
}

/** A problem: the sentence, the hint, details folded, the whole as text for the clipboard. */
export function ProblemNote({ problem, action }: { problem: ProblemReport; action?: ReactNode }) {
  return (
    <Note tone="bad" title={problem.message} action={action} urgent>
      {problem.hint && <p className="mt-0.5 wrap-anywhere">{problem.hint}</p>}
      {problem.details && (
        <Fold label="Details">
          <pre className="max-h-60 overflow-auto whitespace-pre-wrap text-xs wrap-anywhere">{problem.details}</pre>
        </Fold>
      )}
      <div className="mt-1.5 flex items-center gap-2 text-fg-2">
        <CopyButton text={reportText(problem)}>Copy report</CopyButton>
        <code className="text-xs">{problem.code}</code>
      </div>
    </Note>
  );
}

interface CopyButtonProps {
  text: string;
  children: string;
  look?: "bare" | "plain";
}

export function CopyButton({ text, children, look = "bare" }: CopyButtonProps) {
  const copy = () =>
    copyText(text).then(
      () => toast.success("Copied"),
      (error: unknown) => toast.error(error instanceof Error ? error.message : "Could not copy"),
    );
  return (
    <Button look={look} icon={Copy} className={look === "bare" ? "-ml-[7px] h-6! text-s" : undefined} onClick={copy}>
      {children}
    </Button>
  );
}
