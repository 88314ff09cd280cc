/** What goes through the networks, as rates: the difference between two reports of the engine. */

import { useEffect } from "react";
import { create } from "zustand";
import type { Traffic, TrafficReport } from "../../shared/contract/networks.ts";
import { useClient } from "../platform/client.tsx";
import { formatBytes } from "../ui/format.ts";

/** Bytes a second, from the guest's side. */
export interface Rate {
  sent: number;
  received: number;
}

/** By network, by network and instance, and by an instance's interface: `NETWORK`, `NETWORK INSTANCE`, `machine INSTANCE en1`. */
export type Rates = Readonly<Record<string, Rate>>;

export const useTraffic = create<{ rates: Rates; latest: TrafficReport | undefined }>()(() => ({
  rates: {},
  latest: undefined,
}));

type Counts = Pick<Traffic, "sentBytes" | "receivedBytes">;

/** Pure. A switch that was started again counts from zero: that is no negative rate. */
export function ratesBetween(before: TrafficReport, after: TrafficReport): Rates {
  const seconds = Math.max((after.at - before.at) / 1000, 0.001);
  const earlier = countsOf(before);
  const rates: Record<string, Rate> = {};
  for (const [key, counts] of Object.entries(countsOf(after))) {
    const had = earlier[key] ?? counts;
    const perSecond = (now: number, then: number) => Math.max(0, now - then) / seconds;
    rates[key] = {
      sent: perSecond(counts.sentBytes, had.sentBytes),
      received: perSecond(counts.receivedBytes, had.receivedBytes),
    };
  }
  return rates;
}

/** How the interface of an instance is found among the rates. */
export const interfaceKey = (instance: string, name: string) => `machine ${instance} ${name}`;

function countsOf({ networks, machines }: TrafficReport): Record<string, Counts> {
  return Object.fromEntries<Counts>([
    ...machines.flatMap(({ instance, interfaces }) =>
      interfaces.map((one) => [interfaceKey(instance, one.name), one] as const),
    ),
    ...networks.flatMap(({ name, members, wayOut }) => [
      ...members.map((member) => [`${name} ${member.instance}`, member] as const),
      ...(wayOut ? [[name, wayOut] as const] : []),
    ]),
  ]);
}

export const formatRate = ({ sent, received }: Rate) =>
  sent + received < 1 ? "" : `↑${formatBytes(sent)}/s ↓${formatBytes(received)}/s`;

/**
 * Listens for as long as the screen is there; again, a second after the stream has ended. `instance`: only that one is asked
 * for its interfaces.
 */
export function useTrafficStream(instance?: string): void {
  const client = useClient();
  useEffect(() => {
    const leave = new AbortController();
    const listen = async () => {
      for await (const report of await client.networks.traffic({ instance }, { signal: leave.signal })) {
        const { latest } = useTraffic.getState();
        useTraffic.setState({ latest: report, rates: latest ? ratesBetween(latest, report) : {} });
      }
    };
    let timer: ReturnType<typeof setTimeout> | undefined;
    const again = () => {
      if (!leave.signal.aborted) timer = setTimeout(() => void listen().then(again, again), 1000);
    };
    void listen().then(again, again);
    return () => {
      leave.abort();
      useTraffic.setState({ latest: undefined, rates: {} });
      clearTimeout(timer);
    };
  }, [client, instance]);
}
