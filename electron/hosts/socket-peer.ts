/** The contract over one WebSocket, on the engine's side: what arrives is answered, and a slow reader slows its streams. */

import type { Duplex } from "node:stream";
import type { RPCHandler } from "@orpc/server/websocket";
import type { WebSocket } from "ws";
import { CONTRACT_VERSION } from "../../shared/contract/version.ts";

/** The largest message: a staged piece or console input of 1 MiB in base64, with room for its frame. */
export const MAX_MESSAGE_BYTES = 4 << 20;
/** Close codes: another version of the contract; a message that is none. */
const WRONG_CONTRACT = 4409;
const BAD_MESSAGE = 1007;

/** Where and how clients ask for the contract; `contract` is the version that they speak. */
export const RPC_PATH = "/rpc";
/** The response header in which the engine names the version that it speaks. */
export const CONTRACT_HEADER = "x-unideck-contract";

/**
 * Answers a request for a WebSocket with a status such as `404 Not Found`, and ends its connection: a peer that leaves its half
 * open would keep the server from closing.
 */
export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.on("error", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

/** Answers calls on `socket` until it closes. `contractVersion` is what the client said it speaks. */
export function servePeer(
  handler: RPCHandler<Record<never, never>>,
  socket: WebSocket,
  contractVersion: string | null,
): void {
  socket.on("error", () => socket.terminate());
  if (contractVersion !== String(CONTRACT_VERSION)) {
    socket.close(WRONG_CONTRACT, `This engine speaks version ${CONTRACT_VERSION} of the contract`);
    return;
  }
  const peer = {
    addEventListener: () => undefined,
    // Streams send their next piece when this one has gone out, which is all the back pressure there is to it.
    send: (message: string | ArrayBufferLike | Blob | ArrayBufferView) => send(socket, message),
  };
  socket.on("message", (data, isBinary) => {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : Buffer.isBuffer(data) ? data : Buffer.from(data);
    const message = isBinary ? new Uint8Array(bytes).buffer : bytes.toString("utf8");
    handler.message(peer, message).catch(() => {
      // Either no message of the protocol, or an answer that could not be sent because the socket has gone.
      if (socket.readyState === socket.OPEN) socket.close(BAD_MESSAGE, "Not a message of this protocol");
    });
  });
  socket.on("close", () => handler.close(peer));
}

async function send(socket: WebSocket, message: string | ArrayBufferLike | Blob | ArrayBufferView): Promise<void> {
  const bytes = message instanceof Blob ? await message.arrayBuffer() : message;
  await new Promise<void>((resolve, reject) => socket.send(bytes, (error) => (error ? reject(error) : resolve())));
}
