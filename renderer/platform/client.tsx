/** The client for components: one for the whole tree, so that tests can put their own in. */

import { createContext, type ReactNode, useContext } from "react";
import type { UnideckClient } from "../../shared/contract/index.ts";

const ClientContext = createContext<UnideckClient | undefined>(undefined);

export function ClientProvider({ client, children }: { client: UnideckClient; children: ReactNode }) {
  return <ClientContext value={client}>{children}</ClientContext>;
}

export function useClient(): UnideckClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error("useClient needs a ClientProvider above it");
  return client;
}
