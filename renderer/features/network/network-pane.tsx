/** An instance's network: what leads to it, which addresses it has, what it listens on. Changed while it runs. */

import type { ReactNode } from "react";
import type { Instance } from "../../../shared/contract/instances.ts";
import { isAlive } from "../../../shared/instance-state.ts";
import { Packets } from "./capture.tsx";
import { Ports } from "./ports.tsx";

export function NetworkPane({ instance }: { instance: Instance }) {
  return (
    <div className="flex min-h-0 flex-1 flex-col gap-[22px] overflow-y-auto px-5 py-[18px]">
      <Ports instance={instance} />
      <Addresses instance={instance} />
      <Packets instance={instance} />
    </div>
  );
}

export function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="flex flex-col gap-2.5">
      <h2 className="font-semibold text-fg-2 text-s">{title}</h2>
      {children}
    </section>
  );
}

function Addresses({ instance }: { instance: Instance }) {
  const { addresses, listening } = instance;
  const forwarded = (port: number) => instance.ports.some(({ guest }) => guest === port);
  const others = listening.filter(({ port }) => !forwarded(port));
  return (
    <Part title="Addresses">
      {addresses.length === 0 && (
        <p className="text-fg-3">
          {isAlive(instance) ? "The guest has told no address." : "It does not run, so it has no address."}
        </p>
      )}
      <ul className="flex flex-col gap-1">
        {addresses.map((one) => (
          <li key={one.interface} className="flex gap-3">
            <code className="w-16 text-fg-2 text-s">{one.interface}</code>
            <code className="select-text text-s">{one.address}</code>
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <p className="text-fg-3 text-s">
          It also listens on {others.map(({ protocol, port }) => `${port}/${protocol}`).join(", ")}: no port of this
          machine leads there.
        </p>
      )}
    </Part>
  );
}
