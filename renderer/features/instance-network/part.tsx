/** A titled part of the Network tab. */

import type { ReactNode } from "react";

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2.5">
      <h2 className="font-semibold text-fg-2 text-s">{title}</h2>
      {children}
    </section>
  );
}
