/** The networks of a new instance: whether it has a card that leads out, and the private networks that it is in. */

import { useNetworks } from "../../store/networks.ts";
import { Field } from "../../ui/field.tsx";
import { Choice } from "./choice.tsx";
import type { Draft, NetworkCard } from "./draft.ts";
import { useBuild } from "./session.ts";

const cards: readonly { value: NetworkCard; words: string }[] = [
  { value: "auto", words: "as ports and kernel need it" },
  { value: "user", words: "what this machine reaches" },
  { value: "none", words: "none" },
];

export function NetworkField({ draft, error }: { draft: Draft; error: string | undefined }) {
  const edit = useBuild((slice) => slice.edit);
  const networks = useNetworks(({ all }) => all);
  const bridges = draft.configured?.run.bridges?.length ?? 0;
  const toggle = (name: string, isMember: boolean) =>
    edit({ networks: isMember ? [...draft.networks, name] : draft.networks.filter((one) => one !== name) });
  return (
    <>
      <Field label="Network" error={error} hint={bridges > 0 ? "and a bridge, as the configuration has it" : undefined}>
        {(tied) => (
          <Choice tied={tied} options={cards} value={draft.network} onChange={(network) => edit({ network })} />
        )}
      </Field>
      {networks.length > 0 && (
        <Field label="Member of">
          {({ id }) => (
            <fieldset id={id} aria-label="Private networks" className="flex flex-wrap gap-x-4 gap-y-1 leading-7">
              {networks.map(({ name }) => (
                <label key={name} className="flex items-center gap-1.5">
                  <input
                    type="checkbox"
                    className="accent-accent"
                    checked={draft.networks.includes(name)}
                    onChange={({ target }) => toggle(name, target.checked)}
                  />
                  {name}
                </label>
              ))}
            </fieldset>
          )}
        </Field>
      )}
    </>
  );
}
