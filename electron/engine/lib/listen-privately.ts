/** Unix sockets that only this user can reach. */

import type { Server } from "node:net";
import { privately } from "./private-files.ts";

/** Listens so that at no moment anybody but this user may connect. */
export function listenPrivately(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The socket is bound within this very call.
    privately(() =>
      server.listen(path, () => {
        server.off("error", reject);
        resolve();
      }),
    );
  });
}
