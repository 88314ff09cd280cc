/** The networks of a new instance: whether it has a card that leads out, the private networks that it is in, and bridges. */

import { useBridges } from "../../store/bridges.ts";
import { useNetworks } from "../../store/networks.ts";
import { Field } from "../../ui/field.tsx";
import { isOnBridge } from "../networks/bridge-words.ts";
import { Choice } from "./choice.tsx";
import type { Draft, NetworkCard } from "./draft.ts";
import { useBuild } from "./session.ts";

const cards: readonly { value: NetworkCard; words: string }[] = [
  { value: "auto", words: "what this machine reaches, unless in another" },
  { value: "user", words: "what this machine reaches" },
  { value: "none", words: "none" },
];

export function NetworkField({ draft, error }: { draft: Draft; error: string | undefined }) {
  const edit = useBuild((slice) => slice.edit);
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
      <Field label="Network" error={error}>
        {(tied) => (
          <Choice tied={tied} options={cards} value={draft.network} onChange={(network) => edit({ network })} />
        )}
      </Field>
      {networks.length + bridges.length > 0 && (
        <Field label="Member of">
          {({ id }) => (
            <fieldset id={id} aria-label="Networks" className="flex flex-wrap gap-x-4 gap-y-1 leading-7">
              {networks.map(({ name }) => (
                <Tick
                  key={name}
                  label={name}
                  isOn={draft.networks.includes(name)}
                  onChange={(isOn) => toggle(name, isOn)}
                />
              ))}
              {bridges.map((bridge) => (
                <Tick
                  key={`bridge ${bridge}`}
                  label={`${bridge} (bridge)`}
                  isOn={draft.bridges.some((one) => isOnBridge(one, bridge))}
                  onChange={(isOn) => plug(bridge, isOn)}
                />
              ))}
            </fieldset>
          )}
        </Field>
      )}
    </>
  );
}

function Tick({ label, isOn, onChange }: { label: string; isOn: boolean; onChange: (isOn: boolean) => void }) {
  return (
    <label className="flex items-center gap-1.5">
      <input
        type="checkbox"
        className="accent-accent"
        checked={isOn}
        onChange={({ target }) => onChange(target.checked)}
      />
      {label}
    </label>
  );
}
