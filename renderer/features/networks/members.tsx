/** The members of a network: name, address, what goes through; and who could become one. */

import { X } from "lucide-react";
import type { Network } from "../../../shared/contract/networks.ts";
import { attempt } from "../../app/attempt.ts";
import { useClient } from "../../app/client.tsx";
import { useInstances } from "../../store/instances.ts";
import { useView } from "../../store/view.ts";
import { IconButton } from "../../ui/button.tsx";
import { Select } from "../../ui/field.tsx";
import { formatRate, useTraffic } from "./traffic.ts";

export function Members({ network }: { network: Network }) {
  const client = useClient();
  const instances = useInstances(({ all }) => all);
  const rates = useTraffic((slice) => slice.rates);
  const networksOf = (id: string) => instances.find((one) => one.id === id)?.networks ?? [];
  const set = (id: string, networks: string[]) => void attempt(() => client.instances.setNetworks({ id, networks }));
  const others = instances.filter(({ id }) => !network.members.some(({ instance }) => instance === id));
  return (
    <div className="max-h-[40%] shrink-0 overflow-y-auto border-line border-t px-5 py-3.5">
      <h2 className="mb-1.5 font-semibold text-fg-2 text-s">Members</h2>
      {network.members.length === 0 && <p className="text-fg-3">Nobody yet.</p>}
      <ul aria-label="Members" className="flex flex-col divide-y divide-line">
        {network.members.map(({ instance, name, address }) => (
          <li key={instance} className="flex min-h-8 items-center gap-4">
            <button
              type="button"
              className="w-40 truncate text-left text-accent hover:underline"
              onClick={() => useView.getState().openInstance(instance, "network")}
            >
              {name}
            </button>
            <code className="select-text text-s">{address}</code>
            <span className="text-fg-3 text-s tabular-nums">
              {formatRate(rates[`${network.name} ${instance}`] ?? { sent: 0, received: 0 })}
            </span>
            <IconButton
              icon={X}
              className="ml-auto"
              label={`Take ${name} out of ${network.name}`}
              onClick={() =>
                set(
                  instance,
                  networksOf(instance).filter((one) => one !== network.name),
                )
              }
            />
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <Select
          aria-label={`Add a member to ${network.name}`}
          className="mt-2"
          value=""
          onChange={({ target }) => set(target.value, [...networksOf(target.value), network.name])}
        >
          <option value="">Add a member, from its next start on…</option>
          {others.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Select>
      )}
    </div>
  );
}
