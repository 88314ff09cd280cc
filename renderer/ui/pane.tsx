/** The bar on top of a list or a detail, and what stands where there is nothing to show. */

import type { ReactNode } from "react";

export function PaneHead({ children }: { children: ReactNode }) {
  return (
    <header className="flex h-(--bar) shrink-0 items-center gap-2 border-line border-b pr-3 pl-4">{children}</header>
  );
}

export function Nothing({ children }: { children: ReactNode }) {
  return <div className="m-auto max-w-80 p-6 text-center text-fg-3">{children}</div>;
}

/** Names and values, one under the other. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-3.5 gap-y-2.5">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-fg-2">{name}</dt>
          <dd className="min-w-0 select-text wrap-anywhere">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
