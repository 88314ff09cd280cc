/** A window's way to the engine: one end of a message channel for the page, the other served. */

import type { RPCHandler } from "@orpc/server/message-port";
import { isAppPage } from "./app-protocol.ts";

/** The word with which a port is handed on; preload.ts and the renderer know it too. */
export const PORT_MESSAGE = "unideck:port";

/** As much of Electron's `MessagePortMain` as is needed. */
export interface MainPort {
  on(event: string, listener: (event?: { data: unknown }) => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

export interface PortReceiver<Port> {
  /** The address of the page that is loaded. */
  getURL(): string;
  on(event: "did-finish-load", listener: () => void): unknown;
  once(event: "destroyed", listener: () => void): unknown;
  postMessage(channel: string, message: unknown, transfer: Port[]): void;
}

interface Wiring<Port extends MainPort> {
  handler: Pick<RPCHandler<Record<never, never>>, "upgrade">;
  contents: PortReceiver<Port>;
  createChannel: () => { port1: Port; port2: Port };
}

/**
 * Gives the page a port whenever it has loaded; the port of the page before is closed, and its streams end. Windows can't
 * go to other pages; should one be there all the same, it gets nothing.
 */
export function givePorts<Port extends MainPort>({ handler, contents, createChannel }: Wiring<Port>): void {
  let served: Port | undefined;
  contents.on("did-finish-load", () => {
    served?.close();
    served = undefined;
    if (!isAppPage(contents.getURL())) return;
    const { port1, port2 } = createChannel();
    served = port1;
    handler.upgrade({
      on: (event, callback) => void port1.on(event, callback),
      postMessage: (message: unknown) => port1.postMessage(message),
    });
    port1.start();
    contents.postMessage(PORT_MESSAGE, null, [port2]);
  });
  contents.once("destroyed", () => served?.close());
}
