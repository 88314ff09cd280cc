/** The web host: serves the application on loopback for a browser, and the API for programs. */

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Problem } from "../shared/problem.ts";
import type { Connection } from "./hosts/connect.ts";
import { listRendererFiles } from "./hosts/renderer-files.ts";
import { createWebServer, type Patience } from "./hosts/web/server.ts";
import type { Resources } from "./resources.ts";

/** The port that is tried first, so that the page keeps its address, and with it what the browser remembers of it. */
const USUAL_PORT = 8470;

export interface WebHost {
  server: Server;
  /** With the token in its fragment: a browser does not send that anywhere. */
  url: string;
  port: number;
  token: string;
  close(): Promise<void>;
}

/** Serves on `port`, or on the usual one where that is free, else on any. Throws port.busy. */
export async function serveWeb(
  connection: Connection,
  resources: Resources,
  port?: number,
  patience?: Patience,
): Promise<WebHost> {
  const files = await listRendererFiles(resources.renderer);
  const web = createWebServer({
    router: connection.router,
    files,
    version: resources.version,
    patience,
    onBug: (error) => process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`),
  });
  const taken = await listenOn(web.server, port);
  return {
    server: web.server,
    url: `http://127.0.0.1:${taken}/#token=${web.token}`,
    port: taken,
    token: web.token,
    close: () => web.close(),
  };
}

async function listenOn(server: Server, port: number | undefined): Promise<number> {
  try {
    return await listen(server, port ?? USUAL_PORT);
  } catch (error) {
    if (!(error instanceof Problem) || port !== undefined) throw error;
    return listen(server, 0);
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenProblem(error, port));
    server.once("error", fail);
    server.listen({ host: "127.0.0.1", port }, () => {
      server.off("error", fail);
      const address = server.address();
      if (isPort(address)) resolve(address.port);
    });
  });
}

const isPort = (address: AddressInfo | string | null): address is AddressInfo =>
  typeof address === "object" && address !== null;

function listenProblem(error: NodeJS.ErrnoException, port: number): unknown {
  if (error.code === "EADDRINUSE")
    return new Problem("port.busy", `Port ${port} is used by another program`, { hint: "Choose another: --port N" });
  if (error.code === "EACCES")
    return new Problem("port.invalid", `Port ${port} may not be used`, { hint: "Choose one above 1023: --port N" });
  return error;
}
