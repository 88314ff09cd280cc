/**
 * The web host: the page, the contract over WebSocket and over HTTP, on the host's loopback address alone.
 *
 * The order of checks is the same for everything: the name it was asked by, the page that asks, who asks. Only the
 * files of the page, the exchange of a code and the description of the API are there for those who have no key.
 */

import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { Problem, problemStatus } from "../../../shared/problem.ts";
import { bugError, problemOf, wireError } from "../problem-errors.ts";
import type { RelayRouter } from "../relay.ts";
import { contentSecurityPolicy, type RendererFile } from "../renderer-files.ts";
import { RPC_PATH, refuseUpgrade } from "../socket-peer.ts";
import { Access, type CodeOptions, type Identity } from "./access.ts";
import { type Asked, checkAccess, checkHost, checkOrigin } from "./guard.ts";
import { Newcomers } from "./newcomers.ts";
import { API_PREFIX, apiHandler, describeApi } from "./openapi.ts";
import { type Peer, PeerProcesses } from "./peer-process.ts";
import { readSmallJson } from "./request-body.ts";
import { WebSockets } from "./sockets.ts";

export interface WebServerOptions {
  router: RelayRouter;
  files: ReadonlyMap<string, RendererFile>;
  version: string;
  patience?: Patience | undefined;
  /** For programs; a new one where none is given. */
  token?: string | undefined;
  /** Told about bugs: a request that failed for no reason that its sender could know. */
  onBug: (error: unknown) => void;
  /** Told what the owner should know, in a sentence. */
  onWarning: (sentence: string) => void;
}

export interface WebServer {
  server: Server;
  token: string;
  /** A code that a page exchanges for a key of its own. */
  createCode(options?: CodeOptions): string;
  close(): Promise<void>;
}

/** Connections without a key, beyond which the oldest is closed: a page needs a handful. */
const MAX_NEWCOMERS = 128;

/** How long a client may take to send its headers, and its whole request. */
export interface Patience {
  headersMs: number;
  requestMs: number;
}
const usualPatience: Patience = { headersMs: 10_000, requestMs: 60_000 };

export function createWebServer({
  router,
  files,
  version,
  patience = usualPatience,
  token,
  onBug,
  onWarning,
}: WebServerOptions): WebServer {
  const api = apiHandler(router);
  const sockets = new WebSockets(router);
  const access = new Access({ token, onEnded: (session) => sockets.end(session), onWarning });
  const peers = new PeerProcesses();
  const newcomers = new Newcomers(MAX_NEWCOMERS);
  let description: Promise<unknown> | undefined;
  const { headersMs, requestMs } = patience;
  // The default of looking only every 30 s would give those who are late as much again.
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: headersMs / 2,
  });
  server.on("connection", (socket) => newcomers.add(socket));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = askedBy(request);
    checkHost(asked);
    for (const [name, value] of Object.entries(protections(asked.headers.host ?? ""))) response.setHeader(name, value);
    const { pathname } = addressOf(request);

    const file = isReading(asked) ? files.get(pathname) : undefined;
    if (!file) checkOrigin(asked);
    const isDescription = pathname === `${API_PREFIX}/openapi.json` && isReading(asked);
    const isExchange = pathname === "/session" && asked.method === "POST";
    // A client with a key is known at once, so that no crowd of newcomers pushes them out meanwhile.
    const identity = file || isDescription || isExchange ? undefined : identify(request);
    const peer = await checkPeer(request.socket);
    if (file) return sendFile(file, asked, response);
    if (isDescription) {
      description ??= describeApi(version);
      return sendJson(response, 200, await description);
    }
    if (isExchange) return exchange(request, response, peer);
    if (pathname === "/session" && identity !== undefined) {
      if (asked.method === "DELETE") access.endSession(identity);
      return sendNothing(response);
    }
    if (pathname.startsWith(`${API_PREFIX}/`) && (await api(request, response))) return;
    throw notFound(pathname, files.size > 0);
  }

  /** Throws web.refused for a guest. */
  async function checkPeer(socket: Socket): Promise<Peer> {
    const peer = await peers.of(socket);
    if (peer.isEmulator || peer.isGone)
      throw new Problem("web.refused", "Virtual machines have no access to Unideck", {
        hint: "Use Unideck from a program of the host.",
      });
    return peer;
  }

  /** Who asks. Their connection is a newcomer's no more. */
  function identify(request: IncomingMessage): Identity {
    const identity = checkAccess(askedBy(request), access);
    newcomers.admit(request.socket);
    return identity;
  }

  /** Gives a key for a code. */
  async function exchange(request: IncomingMessage, response: ServerResponse, peer: Peer): Promise<void> {
    const body = z.object({ code: z.string().max(1000) }).safeParse(await readSmallJson(request));
    if (!body.success) throw new Problem("args.invalid", 'The body must be {"code": "…"}');
    sendJson(response, 200, { key: access.redeem(body.data.code, isOwnUser(peer)) });
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const asked = askedBy(request);
    checkHost(asked);
    checkOrigin(asked);
    const identity = identify(request);
    await checkPeer(request.socket);
    const { pathname } = addressOf(request);
    if (pathname !== RPC_PATH) throw notFound(pathname, true);
    sockets.accept(request, socket, head, identity);
  }

  server.on("request", (request, response) => {
    answer(request, response).catch((error: unknown) => refuse(response, error, onBug));
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    upgrade(request, socket, head).catch((error: unknown) => {
      const status = problemStatus[problemOf(error)?.code ?? "engine.bug"];
      refuseUpgrade(socket, `${status} ${STATUS_CODES[status]}`);
    });
  });

  return {
    server,
    token: access.token,
    createCode: (options) => access.createCode(options),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      sockets.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Whether a process of this user asks; on systems that do not tell, everybody counts as one. */
const isOwnUser = ({ uid }: Peer) => process.platform !== "linux" || uid === process.getuid?.();

/** Headers of every answer. */
function protections(host: string): Record<string, string> {
  return {
    "content-security-policy": contentSecurityPolicy(`ws://${host}`),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
  };
}

const askedBy = (request: IncomingMessage): Asked => ({ method: request.method ?? "GET", headers: request.headers });
const isReading = ({ method }: Asked) => method === "GET" || method === "HEAD";

/** The address that was asked for. Throws args.invalid for one that is none. */
function addressOf(request: IncomingMessage): URL {
  const url = request.url ?? "/";
  const address = url.startsWith("/") ? URL.parse(`http://unideck${url}`) : null;
  if (!address) throw new Problem("args.invalid", "This address is invalid");
  return address;
}

async function sendFile(file: RendererFile, { method }: Asked, response: ServerResponse): Promise<void> {
  if (file.isImmutable) response.setHeader("cache-control", "public, max-age=31536000, immutable");
  response.setHeader("content-type", file.contentType);
  if (method === "HEAD") return sendNothing(response, 200);
  await pipeline(createReadStream(file.path), response);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sendNothing(response: ServerResponse, status = 204): void {
  response.writeHead(status).end();
}

function notFound(pathname: string, isBuilt: boolean): Problem {
  if (pathname === "/" && !isBuilt)
    return new Problem("file.not-found", "The interface is not built", {
      hint: "Build it: npm start, or npm run build.",
    });
  return new Problem("file.not-found", "There is nothing at this address");
}

function refuse(response: ServerResponse, error: unknown, onBug: (error: unknown) => void): void {
  const problem = problemOf(error);
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (!problem) onBug(error);
  const wire = problem ? wireError(problem) : bugError();
  // What is left of a body that was refused is not read.
  response.setHeader("connection", "close");
  sendJson(response, wire.status, wire.toJSON());
}
