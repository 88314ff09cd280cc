/** The members of a private network: name, address, what goes through; and who could become one. */

import type { Network } from "../../../shared/contract/networks.ts";
import { useInstances } from "../../model/instances.ts";
import { formatRate, useTraffic } from "../../model/traffic.ts";
import { attempt } from "../../platform/attempt.ts";
import { useClient } from "../../platform/client.tsx";
import { MemberList } from "./member-list.tsx";

export function Members({ network }: { network: Network }) {
  const client = useClient();
  const instances = useInstances(({ all }) => all);
  const rates = useTraffic((slice) => slice.rates);
  const networksOf = (id: string) => instances.find((one) => one.id === id)?.networks ?? [];
  const set = (id: string, networks: string[]) => void attempt(() => client.instances.setNetworks({ id, networks }));
  const rateOf = (id: string) => formatRate(rates[`${network.name} ${id}`] ?? { sent: 0, received: 0 });
  return (
    <MemberList
      network={network.name}
      members={network.members.map(({ instance, name, address }) => ({
        id: instance,
        title: name,
        facts: (
          <>
            {address}
            <span className="ml-4 font-sans text-fg-3 tabular-nums">{rateOf(instance)}</span>
          </>
        ),
      }))}
      others={instances.filter(({ id }) => !network.members.some(({ instance }) => instance === id))}
      onTakeOut={(id) =>
        set(
          id,
          networksOf(id).filter((one) => one !== network.name),
        )
      }
      onAdd={(id) => set(id, [...networksOf(id), network.name])}
    />
  );
}
