/** Above a console or an overview: servers in the guest that no port forward reaches, each with the button that changes that. */

import { ArrowLeftRight, X } from "lucide-react";
import { create } from "zustand";
import { type Instance, type Listener, MAX_PORTS, type PortForward } from "../../shared/contract/instances.ts";
import { isLoopbackOnly, unpublished } from "../../shared/instance-state.ts";
import { hostPortFor } from "../model/draft/ports.ts";
import { attempt } from "../platform/attempt.ts";
import { useClient } from "../platform/client.tsx";
import { useAnswer } from "../platform/use-answer.ts";
import { Button, IconButton } from "../ui/button.tsx";

/** More than these are offered as one. */
const MOST_BUTTONS = 3;

/** Offers that were dismissed, by instance and port: until the window is loaded again. */
const useDismissed = create<{ keys: readonly string[] }>()(() => ({ keys: [] }));

export function PortOffers({ instance }: { instance: Instance }) {
  const dismissed = useDismissed(({ keys }) => keys);
  const keyOf = ({ port }: Pick<Listener, "port">) => `${instance.id}:${port}`;
  // A UDP port is as often a client's as a server's: those are listed in the Network tab.
  const offered = unpublished(instance).filter(
    (listener) => listener.protocol === "tcp" && !dismissed.includes(keyOf(listener)),
  );
  const dismiss = () => useDismissed.setState({ keys: [...dismissed, ...offered.map(keyOf)] });
  return (
    <>
      {offered.length > 0 && <Offer instance={instance} listeners={offered} dismiss={dismiss} />}
      <LoopbackHint instance={instance} />
    </>
  );
}

interface OfferProps {
  instance: Instance;
  listeners: readonly Listener[];
  dismiss: () => void;
}

function Offer({ instance: { id }, listeners, dismiss }: OfferProps) {
  const client = useClient();
  const forwards = useForwards(listeners);
  const publish = (chosen: readonly PortForward[]) =>
    void attempt(async () => {
      for (const forward of chosen) await client.instances.addPort({ id, forward });
    });
  return (
    <section aria-label="Ports that are not published" className={banner}>
      <ArrowLeftRight aria-hidden className="size-4 shrink-0 text-accent" strokeWidth={1.6} />
      <p className="mr-auto">
        Listening on{" "}
        <strong className="font-semibold tabular-nums">{listeners.map(({ port }) => port).join(", ")}</strong>
      </p>
      {forwards && listeners.length <= MOST_BUTTONS && (
        <span className="flex flex-wrap gap-1.5">
          {forwards.map((forward) => (
            <Button
              key={forward.guest}
              look={forwards.length === 1 ? "main" : "plain"}
              onClick={() => publish([forward])}
            >
              {forward.host === 0 ? `Forward ${forward.guest} to a free port` : `Forward to localhost:${forward.host}`}
            </Button>
          ))}
        </span>
      )}
      {forwards && forwards.length > 1 && (
        <Button look="main" onClick={() => publish(forwards)}>
          Forward all
        </Button>
      )}
      <IconButton icon={X} label="Dismiss" onClick={dismiss} />
    </section>
  );
}

/** One forward for each listener, to the same host port where that is free, else to the next one. */
function useForwards(listeners: readonly Listener[]): readonly PortForward[] | undefined {
  const client = useClient();
  const wanted = listeners.map(
    ({ port, protocol }): PortForward => ({
      hostAddress: "127.0.0.1",
      host: hostPortFor(port),
      guest: port,
      protocol,
    }),
  );
  const { value: conflicts, problem } = useAnswer(JSON.stringify(wanted), (signal) =>
    client.instances.checkPorts({ ports: wanted.slice(0, MAX_PORTS) }, { signal }),
  );
  // Where it cannot be checked, any free port port will do.
  if (problem) return wanted.map((forward) => ({ ...forward, host: 0 }));
  return conflicts && wanted.map((forward) => ({ ...forward, host: freeHost(forward, conflicts) }));
}

function freeHost(wanted: PortForward, conflicts: readonly { forward: PortForward; free?: number | undefined }[]) {
  const conflict = conflicts.find(({ forward }) => forward.host === wanted.host);
  return conflict ? (conflict.free ?? 0) : wanted.host;
}

/** Ports that are forwarded, but to a server that only the guest itself can reach. */
function LoopbackHint({ instance }: { instance: Instance }) {
  const unreachable = instance.ports.filter((port) => isLoopbackOnly(instance, port)).map(({ guest }) => guest);
  if (unreachable.length === 0) return null;
  return (
    <p role="note" className={`${banner} bg-busy-soft!`}>
      <span>
        The program listens on <code>127.0.0.1:{unreachable.join(", ")}</code> inside the guest only, which no port
        forward reaches. Make it listen on <code>0.0.0.0</code>.
      </span>
    </p>
  );
}

const banner =
  "flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1.5 border-line border-b bg-accent-soft py-1.5 pr-2 pl-4 text-s select-text";
