/** The networks of a new instance: whether it has a card that leads out, the private networks that it is in, and bridges. */

import { useBridges } from "../../model/bridges.ts";
import type { NetworkCard, RunDraft } from "../../model/draft/draft.ts";
import { isOnBridge } from "../../model/interface-names.ts";
import { useNetworks } from "../../model/networks.ts";
import { Field } from "../../ui/field.tsx";
import { Tick } from "../../ui/tick.tsx";
import { Choice } from "./choice.tsx";
import type { RunFieldsProps } from "./run-fields.tsx";

const cards: readonly { value: NetworkCard; words: string }[] = [
  { value: "auto", words: "automatic" },
  { value: "user", words: "NAT through the host" },
  { value: "restricted", words: "published ports only" },
  { value: "none", words: "none" },
];

/** What the choice comes to, with the networks that are ticked and the ports. */
export function reachWords({
  network,
  networks,
  bridges,
  ports,
}: Pick<RunDraft, "network" | "networks" | "bridges" | "ports">): string {
  const isMember = networks.length + bridges.length > 0;
  const hasCard = network === "auto" ? !isMember || ports.trim() !== "" : network !== "none";
  if (network === "restricted")
    return isMember
      ? "Reaches only its networks; published ports are forwarded to it."
      : "No outbound access; published ports are forwarded to it.";
  if (hasCard)
    return isMember ? "An extra network card for published ports." : "Outbound access through the host (NAT)";
  return isMember ? "Reaches only its networks." : "No network access.";
}

export function NetworkField({ draft, edit, error }: Omit<RunFieldsProps, "errors"> & { error: string | undefined }) {
  const networks = useNetworks(({ all }) => all);
  const known = useBridges(({ all }) => all);
  // A configuration may name one that is not here.
  const named = draft.bridges.flatMap((one) => (one.kind === "bridge" ? [one.bridge] : []));
  const bridges = [...new Set([...known.map(({ name }) => name), ...named])];
  const toggle = (name: string, isMember: boolean) =>
    edit({ networks: isMember ? [...draft.networks, name] : draft.networks.filter((one) => one !== name) });
  const plug = (bridge: string, isPlugged: boolean) => {
    const others = draft.bridges.filter((one) => !isOnBridge(one, bridge));
    edit({ bridges: isPlugged ? [...others, { kind: "bridge", bridge }] : others });
  };
  return (
    <>
      <Field label="Network" hint={reachWords(draft)} error={error}>
        {(tied) => (
          <Choice tied={tied} options={cards} value={draft.network} onChange={(network) => edit({ network })} />
        )}
      </Field>
      {networks.length + bridges.length > 0 && (
        <Field label="Member of">
          {({ id }) => (
            <fieldset id={id} aria-label="Networks" className="flex flex-wrap gap-x-4 gap-y-1 leading-7">
              {networks.map(({ name }) => (
                <Tick key={name} isOn={draft.networks.includes(name)} onChange={(isOn) => toggle(name, isOn)}>
                  {name}
                </Tick>
              ))}
              {bridges.map((bridge) => (
                <Tick
                  key={`bridge ${bridge}`}
                  isOn={draft.bridges.some((one) => isOnBridge(one, bridge))}
                  onChange={(isOn) => plug(bridge, isOn)}
                >
                  {bridge} (bridge)
                </Tick>
              ))}
            </fieldset>
          )}
        </Field>
      )}
    </>
  );
}
