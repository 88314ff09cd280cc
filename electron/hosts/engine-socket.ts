/** Serves the contract to other hosts on this computer: WebSocket over a Unix socket that only this user can open. */

import { createServer } from "node:http";
import type { Socket } from "node:net";
import { RPCHandler } from "@orpc/server/websocket";
import { WebSocketServer } from "ws";
import { CONTRACT_VERSION } from "../../shared/contract/version.ts";
import { listenPrivately } from "../engine/lib/listen-privately.ts";
import { encodeBytes } from "./encode-bytes.ts";
import type { EngineRouter } from "./router.ts";
import { CONTRACT_HEADER, MAX_MESSAGE_BYTES, RPC_PATH, refuseUpgrade, servePeer } from "./socket-peer.ts";

export interface EngineSocket {
  /** Answers nobody any more; connections are cut. */
  close(): Promise<void>;
  /** Calls of others that are being answered; streams don't count. */
  callsInFlight(): number;
}

/** Serves `router` on a Unix socket at `path`; `onPeer` is called for each client that comes. */
export async function serveEngine(router: EngineRouter, path: string, onPeer = () => {}): Promise<EngineSocket> {
  let calls = 0;
  const handler = new RPCHandler(router, {
    clientInterceptors: [
      async ({ next, path }) => {
        calls++;
        try {
          return encodeBytes(path, await next());
        } finally {
          calls--;
        }
      },
    ],
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  sockets.on("headers", (headers) => headers.push(`${CONTRACT_HEADER}: ${CONTRACT_VERSION}`));

  const server = createServer((_, response) => response.writeHead(426).end());
  server.on("upgrade", (request, socket: Socket, head) => {
    const url = URL.parse(`http://engine${request.url}`);
    if (url?.pathname !== RPC_PATH) return refuseUpgrade(socket, "404 Not Found");
    sockets.handleUpgrade(request, socket, head, (peer) => {
      servePeer(handler, peer, url.searchParams.get("contract"));
      onPeer();
    });
  });
  await listenPrivately(server, path);

  return {
    callsInFlight: () => calls,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets.clients) socket.close(1001);
      server.closeAllConnections();
      for (const socket of sockets.clients) socket.terminate();
      await closed;
    },
  };
}
