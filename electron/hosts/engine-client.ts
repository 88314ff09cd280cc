/** The engine of another process, reached through its Unix socket. */

import { once } from "node:events";
import { connect } from "node:net";
import { RPCLink } from "@orpc/client/message-port";
import { WebSocket } from "ws";
import { CONTRACT_VERSION } from "../../shared/contract/version.ts";
import { Problem } from "../../shared/problem.ts";
import type { EngineAddress } from "./engine-address.ts";
import type { Attachment } from "./engine-link.ts";
import { silentEngine } from "./silent-engine.ts";
import { CONTRACT_HEADER, RPC_PATH } from "./socket-peer.ts";

/** A local socket answers in a millisecond; an engine without a sign of life for this long is stopped or stuck. */
export const SILENCE_MS = 10_000;
/** How often within that time the engine is asked for a sign. */
const SIGNS = 5;

interface AttachOptions {
  home: string;
  silenceMs?: number;
}

/**
 * Connects to the engine at `address`; undefined when nobody is there any more. Throws engine.version, and engine.busy
 * where somebody is there and does not answer. Calls and streams may take as long as they like, as long as the engine gives
 * signs of life beside them.
 */
export async function attachTo(
  address: EngineAddress,
  { home, silenceMs = SILENCE_MS }: AttachOptions,
): Promise<Attachment | undefined> {
  const connection = connect(address.socket);
  const socket = new WebSocket(`ws://engine${RPC_PATH}?contract=${CONTRACT_VERSION}`, {
    createConnection: () => connection,
    perMessageDeflate: false,
  });
  // The socket's own limit of the handshake does not hold for connections that it did not make itself.
  let isSilent = false;
  const handshakeTimer = setTimeout(() => {
    isSilent = true;
    socket.terminate();
  }, silenceMs);
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
  clearTimeout(handshakeTimer);
  if (isSilent) throw await silentEngine(home, address);
  if (!isOpen) return undefined;
  if (theirs !== String(CONTRACT_VERSION)) {
    socket.terminate();
    throw new Problem("engine.version", `The running Unideck (${address.version}) has a different version`, {
      hint: "Quit it, or use the command line of the same version.",
      details: `Process ${address.pid} speaks version ${theirs} of the contract, this one version ${CONTRACT_VERSION}.`,
    });
  }
  let silence: Problem | undefined;
  watchForSilence(socket, silenceMs, async () => {
    silence = await silentEngine(home, address);
    socket.terminate();
  });
  return {
    role: "client",
    link,
    lost,
    isLost: () => isLost,
    silence: () => silence,
    finishWork: async () => undefined,
    close: async () => {
      socket.close();
      setTimeout(() => socket.terminate(), 200).unref();
      await lost;
    },
  };
}

/**
 * Asks the engine for signs of life, and calls `onSilence` when there are none. What counts is time in which this process
 * itself ran: one that was stopped, or slept with its computer, first gives the engine the chance to answer.
 */
function watchForSilence(socket: WebSocket, silenceMs: number, onSilence: () => Promise<void>): void {
  let unanswered = 0;
  const hear = () => {
    unanswered = 0;
  };
  socket.on("pong", hear).on("message", hear);
  const timer = setInterval(() => {
    if (++unanswered <= SIGNS) return socket.ping();
    clearInterval(timer);
    void onSilence();
  }, silenceMs / SIGNS).unref();
  void once(socket, "close").then(() => clearInterval(timer));
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
