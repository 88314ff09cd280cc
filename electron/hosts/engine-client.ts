/** The engine of another process, reached through its Unix socket. */

import { connect } from "node:net";
import { RPCLink } from "@orpc/client/message-port";
import { WebSocket } from "ws";
import { CONTRACT_VERSION } from "../../shared/contract/index.ts";
import { Problem } from "../../shared/problem.ts";
import type { EngineAddress } from "./engine-address.ts";
import type { Attachment } from "./engine-link.ts";
import { CONTRACT_HEADER, RPC_PATH } from "./socket-peer.ts";

/** A local socket answers in a millisecond; an engine that is busy for longer than this is not well. */
const CONNECT_TIMEOUT_MS = 5000;

/** Connects to the engine at `address`; undefined when nobody is there any more. Throws engine.version. */
export async function attachTo(address: EngineAddress): Promise<Attachment | undefined> {
  const socket = new WebSocket(`ws://engine${RPC_PATH}?contract=${CONTRACT_VERSION}`, {
    createConnection: () => connect(address.socket),
    handshakeTimeout: CONNECT_TIMEOUT_MS,
    perMessageDeflate: false,
  });
  const lost = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  let isLost = false;
  socket.once("close", () => {
    isLost = true;
  });
  const link = new RPCLink({ port: portOf(socket) });

  let theirs: string | undefined;
  socket.once("upgrade", (response) => {
    theirs = String(response.headers[CONTRACT_HEADER]);
  });
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once("open", () => resolve(true));
    socket.on("error", () => resolve(false));
  });
  if (!isOpen) return undefined;
  if (theirs !== String(CONTRACT_VERSION)) {
    socket.terminate();
    throw new Problem("engine.version", `The Unideck that runs already (${address.version}) is of another version`, {
      hint: "Quit it, or use the command line of the same version.",
      details: `Process ${address.pid} speaks version ${theirs} of the contract, this one version ${CONTRACT_VERSION}.`,
    });
  }
  return {
    role: "client",
    link,
    lost,
    isLost: () => isLost,
    finishWork: async () => undefined,
    close: async () => {
      socket.close();
      setTimeout(() => socket.terminate(), 200).unref();
      await lost;
    },
  };
}

/** A socket as the port that oRPC's link knows how to use. */
export function portOf(socket: WebSocket) {
  return {
    on: (event: string, callback: (event?: { data: unknown }) => void) => {
      if (event === "message")
        socket.on("message", (data, isBinary) => callback({ data: isBinary ? data : String(data) }));
      if (event === "close") socket.on("close", () => callback());
    },
    postMessage: (data: string | Uint8Array) => socket.send(data),
  };
}
