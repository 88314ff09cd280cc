/** The web host's WebSockets: the contract for pages that came in, and a pulse that finds out who has gone. */

import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { RPCHandler } from "@orpc/server/websocket";
import { type WebSocket, WebSocketServer } from "ws";
import type { RelayRouter } from "../relay.ts";
import { MAX_MESSAGE_BYTES, refuseUpgrade, servePeer } from "../socket-peer.ts";
import type { Identity } from "./access.ts";
import { SUBPROTOCOL } from "./guard.ts";

const MAX_SOCKETS = 256;
/** Who has not answered by the next beat is cut off. */
const PULSE_MS = 30_000;
/** The close code for a page whose key has ended; the page knows it, too. */
const UNAUTHORIZED = 4401;
const CLOSE_MS = 1000;

export class WebSockets {
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    // The key is offered as another subprotocol, and is never sent back.
    handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
  });
  readonly #identities = new WeakMap<WebSocket, Identity>();
  readonly #handler: RPCHandler<Record<never, never>>;
  readonly #answered = new WeakSet<WebSocket>();
  readonly #pulse = setInterval(() => this.#beat(), PULSE_MS);

  constructor(router: RelayRouter) {
    this.#handler = new RPCHandler(router);
    this.#pulse.unref();
  }

  /** Makes a WebSocket of a request that was found to be allowed, for whom it was found to be. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, identity: Identity): void {
    if (this.#server.clients.size >= MAX_SOCKETS) {
      refuseUpgrade(socket, "503 Service Unavailable");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (peer) => {
      this.#answered.add(peer);
      peer.on("pong", () => this.#answered.add(peer));
      this.#identities.set(peer, identity);
      servePeer(this.#handler, peer, URL.parse(`http://unideck${request.url}`)?.searchParams.get("contract") ?? null);
    });
  }

  /** Cuts off the clients of a key that has ended. */
  end(identity: Identity): void {
    for (const peer of this.#server.clients) {
      if (this.#identities.get(peer) !== identity) continue;
      peer.close(UNAUTHORIZED);
      // Who does not answer the close is not waited for.
      setTimeout(() => peer.terminate(), CLOSE_MS).unref();
    }
  }

  close(): void {
    clearInterval(this.#pulse);
    for (const peer of this.#server.clients) {
      peer.close(1001);
      peer.terminate();
    }
  }

  #beat(): void {
    for (const peer of this.#server.clients) {
      if (!this.#answered.delete(peer)) peer.terminate();
      else peer.ping();
    }
  }
}
