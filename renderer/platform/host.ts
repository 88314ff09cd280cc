/**
 * Where this page runs, and how it reaches the engine from there: Electron's MessagePort or the web host's WebSocket.
 *
 * Nothing else in the renderer knows which of the two it is.
 */

import type { ClientContext, ClientLink } from "@orpc/client";
import { RPCLink as PortLink } from "@orpc/client/message-port";
import { RPCLink as SocketLink } from "@orpc/client/websocket";
import { CONTRACT_VERSION } from "../../shared/contract/version.ts";
import { Problem } from "../../shared/problem.ts";
import { abortable } from "./abortable.ts";
import { PageKey, unauthorized } from "./page-key.ts";

declare global {
  interface Window {
    /** Put there by Electron's preload; absent in a browser. */
    unideckHost?: { pathForFile?(file: File): string };
  }
}

/** One way to the engine, for as long as it lasts. */
export interface Carrier {
  link: ClientLink<ClientContext>;
  /** Settles when the way is gone, with a Problem where trying again is no use. */
  closed: Promise<Problem | undefined>;
  close(): void;
}

export interface Host {
  /** Opens a way to the engine. Throws a Problem where trying again is no use, anything else where it may be. */
  connect(signal: AbortSignal): Promise<Carrier>;
  /** Resolves when a host that refused this page may let it in now. */
  keyChanged?(signal: AbortSignal): Promise<void>;
}

/** Close codes of the web host's WebSocket that say why (RFC 6455 leaves 4000–4999 to applications). */
const CloseCode = { unauthorized: 4401, version: 4409 } as const;

/** The path of a dropped file on the engine's machine, or "" where only its bytes can be had. */
export function pathOfFile(file: File): string {
  return window.unideckHost?.pathForFile?.(file) ?? "";
}

/** Whether the host can show where the packets of an instance's card lie: a browser may be on another machine. */
export const canRevealCapture = () => window.unideckHost !== undefined;

/** Asks Electron for it by an address of our own (window-policy.ts), as a console's window is asked for. */
export function revealCapture(instance: string, card: string): void {
  window.open(`/?${new URLSearchParams({ capture: instance, card })}`);
}

export function currentHost(): Host {
  return window.unideckHost ? electronHost(window) : webHost(window);
}

/** Ports arrive as messages of the window itself, the first at the start, another whenever the engine was replaced. */
function electronHost(target: Window): Host {
  const arrived: MessagePort[] = [];
  let wake = () => {};
  target.addEventListener("message", (event) => {
    const [port] = event.ports;
    if (event.source !== target || event.data !== "unideck:port" || !port) return;
    arrived.push(port);
    wake();
  });
  return {
    async connect(signal) {
      while (arrived.length === 0) {
        const message = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await abortable(message, signal);
      }
      const port = arrived.pop();
      for (const stale of arrived.splice(0)) stale.close();
      if (!port) throw new Error("The connection was closed.");
      const closed = new Promise<undefined>((resolve) =>
        port.addEventListener("close", () => resolve(undefined), { once: true }),
      );
      const link = new PortLink({ port });
      port.start();
      return { link, closed, close: () => port.close() };
    },
  };
}

/** How a page names itself to the web host in a WebSocket's subprotocols (electron/hosts/web/guard.ts). */
const SUBPROTOCOL = "unideck";

function webHost(page: Window): Host {
  const { location } = page;
  const keys = new PageKey(page);
  return {
    async connect(signal) {
      const key = await keys.find(signal);
      const address = new URL("/rpc", location.href);
      address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
      address.searchParams.set("contract", String(CONTRACT_VERSION));
      const socket = new WebSocket(address, [SUBPROTOCOL, `${SUBPROTOCOL}.key.${key}`]);
      socket.binaryType = "arraybuffer";
      const closed = new Promise<Problem | undefined>((resolve) =>
        socket.addEventListener("close", (event) => resolve(problemOfClose(event.code)), { once: true }),
      );
      const opened = new Promise<void>((resolve) => socket.addEventListener("open", () => resolve(), { once: true }));
      const problem = await abortable(Promise.race([opened, closed]), signal).catch((error: unknown) => {
        socket.close();
        throw error;
      });
      if (problem) throw problem;
      if (socket.readyState !== WebSocket.OPEN) {
        const refusal = await whyRefused(key, signal);
        if (!refusal) throw new Error("The engine did not open a connection.");
        // Perhaps the link has a code, or another tab a newer key: the next attempt says so where neither is so.
        keys.drop(key);
        throw new Error(refusal.message);
      }
      return { link: new SocketLink({ websocket: socket }), closed, close: () => socket.close() };
    },
    keyChanged: (signal) => keys.changed(signal),
  };
}

/** A browser does not tell why a WebSocket was refused; whether the key is still good can be asked. */
async function whyRefused(key: string, signal: AbortSignal): Promise<Problem | undefined> {
  const { status } = await fetch("/session", { headers: { authorization: `Bearer ${key}` }, signal });
  return status < 400 || status >= 500 ? undefined : unauthorized();
}

function problemOfClose(code: number): Problem | undefined {
  if (code === CloseCode.unauthorized) return unauthorized();
  if (code === CloseCode.version) return wrongVersion();
  return undefined;
}

const wrongVersion = () =>
  new Problem("engine.version", "The engine has a different version than this page", {
    hint: "Reload the page. If that does not help, restart Unideck.",
  });
