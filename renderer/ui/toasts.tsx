/** Where short messages come up: in the look of everything else. */

import type { ComponentProps } from "react";
import { Toaster } from "sonner";

const look = {
  "--normal-bg": "var(--raised)",
  "--normal-border": "var(--line-strong)",
  "--normal-text": "var(--fg)",
  "--border-radius": "var(--radius)",
  fontFamily: "var(--font)",
};

export function Toasts({ theme }: Pick<ComponentProps<typeof Toaster>, "theme">) {
  return (
    <Toaster
      position="bottom-right"
      theme={theme}
      style={look}
      toastOptions={{ actionButtonStyle: { background: "var(--accent)", color: "var(--accent-fg)" } }}
    />
  );
}
