/** Dialogs in the middle of the window, the question before something is lost, and the sheet at its right edge. */

import { AlertDialog } from "@base-ui/react/alert-dialog";
import { Dialog as Base } from "@base-ui/react/dialog";
import { type KeyboardEvent, type ReactNode, useRef } from "react";
import { Button } from "./button.tsx";
import { cx } from "./class-names.ts";

const scrim = "enter-fade fixed inset-0 z-20 bg-scrim";
const middle =
  "enter-fade fixed top-[12vh] left-1/2 z-30 max-h-[76vh] w-[min(560px,calc(100vw-32px))] -translate-x-1/2 overflow-hidden rounded-l border border-line bg-raised shadow-sheet outline-none";

/** What was shown while it was open, for as long as it takes to go: most are made of what closing takes away. */
function useHeld<T>(open: boolean, content: T): T {
  const held = useRef(content);
  if (open) held.current = content;
  return held.current;
}

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Said to screen readers only: the content begins with something that says the same. */
  titleHidden?: boolean;
  children: ReactNode;
}

export function Dialog({ open, onClose, titleHidden, ...content }: DialogProps) {
  const { title, children } = useHeld(open, content);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={scrim} />
        <Base.Popup className={cx(middle, "flex flex-col")}>
          <Base.Title className={titleHidden ? "sr-only" : "px-5 pt-4 pb-2 font-semibold text-l"}>{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  open: boolean;
  title: string;
  /** Names what is lost. */
  children: ReactNode;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

/** The safe answer has the focus. */
export function Confirm({ open, onConfirm, onClose, ...content }: ConfirmProps) {
  const { title, children, action } = useHeld(open, content);
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={scrim} />
        <AlertDialog.Popup className={cx(middle, "w-[min(420px,calc(100vw-32px))]! p-5")}>
          <AlertDialog.Title className="font-semibold text-l wrap-anywhere">{title}</AlertDialog.Title>
          <AlertDialog.Description className="mt-1.5 text-fg-2" render={<div />}>
            {children}
          </AlertDialog.Description>
          <div className="mt-5 flex justify-end gap-2">
            <AlertDialog.Close render={<Button>Cancel</Button>} />
            <AlertDialog.Close render={<Button look="bad" />} onClick={onConfirm}>
              {action}
            </AlertDialog.Close>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}

interface SheetProps {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  tools?: ReactNode;
  foot?: ReactNode;
  /** Keys from anywhere in the sheet. */
  onKeyDown?: (event: KeyboardEvent) => void;
  /** What has the focus when the sheet has closed; `true` is what had it before. */
  focusNext: () => HTMLElement | true;
  children: ReactNode;
}

export function Sheet({ open, onClose, onKeyDown, focusNext, ...content }: SheetProps) {
  const { title, tools, foot, children } = useHeld(open, content);
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        {/* Over the title bar too: nothing there can be used meanwhile. */}
        <Base.Backdrop className={scrim} />
        <Base.Popup
          ref={popup}
          // No field and no button is the likeliest: the sheet has the focus, and Tab begins at its top.
          initialFocus={popup}
          finalFocus={focusNext}
          onKeyDown={onKeyDown}
          className="enter-sheet fixed top-(--bar) right-0 bottom-0 z-30 flex w-[min(560px,100vw)] flex-col border-line border-l bg-raised shadow-sheet outline-none"
        >
          <header className="flex h-(--bar) shrink-0 items-center gap-2 border-line border-b pr-3 pl-[22px]">
            <Base.Title className="min-w-0 truncate font-semibold text-l tracking-[-0.01em]">{title}</Base.Title>
            <div className="ml-auto flex items-center gap-1">{tools}</div>
          </header>
          <div className="flex min-h-0 flex-1 flex-col gap-4 overflow-y-auto px-[22px] py-[18px]">{children}</div>
          {foot && (
            <footer className="flex min-h-[54px] shrink-0 flex-wrap items-center gap-2.5 border-line border-t px-[22px] py-2">
              {foot}
            </footer>
          )}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
