/** The web host: serves the application on loopback for a browser, and the API for programs. */

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Problem } from "../shared/problem.ts";
import { visible } from "../shared/visible-text.ts";
import { FIRST_WEB_PORT, LAST_WEB_PORT } from "../shared/web-ports.ts";
import type { Resources } from "./engine/lib/resources.ts";
import type { Connection } from "./hosts/connect.ts";
import { prepareSocketPath } from "./hosts/engine-address.ts";
import { relayTo } from "./hosts/relay.ts";
import { listRendererFiles } from "./hosts/renderer-files.ts";
import { CODE_LIFE_MS, type CodeOptions } from "./hosts/web/access.ts";
import { tokenFileOf, writeHostFiles } from "./hosts/web/host-files.ts";
import { serveLinks } from "./hosts/web/link-socket.ts";
import { removeOpenerFile, writeOpenerFile } from "./hosts/web/opener-file.ts";
import { createWebServer, type Patience } from "./hosts/web/server.ts";

/** The token may be given in the environment, where programs know it beforehand. */
const TOKEN_VARIABLE = "UNIDECK_TOKEN";

export interface WebHost {
  server: Server;
  /** Of the page, without anything secret. */
  url: string;
  port: number;
  token: string;
  /** Where programs find the token. */
  tokenFile: string;
  /** An address that lets one page in, within ten minutes. A browser does not send a fragment anywhere. */
  link(): string;
  /** A file that leads a browser of this user to the page; it goes when it has been used, or after ten minutes. */
  openerFile(): Promise<string>;
  close(): Promise<void>;
}

export interface WebHostOptions {
  /** The home in which it leaves its token. */
  home: string;
  resources: Resources;
  port?: number | undefined;
  /** For programs; a new one where none is given. */
  token?: string | undefined;
  patience?: Patience | undefined;
  /** Takes warnings and bugs, which may be several lines with names in them that others chose. */
  report?: (text: string) => void;
}

/** Serves on `port`, or on the usual one where that is free, else on any. Throws port.busy. */
export async function serveWeb(
  connection: Connection,
  { home, resources, port: wanted, token, patience, report }: WebHostOptions,
): Promise<WebHost> {
  const files = await listRendererFiles(resources.renderer);
  const web = createWebServer({
    router: relayTo(connection.link),
    files,
    version: resources.version,
    patience,
    token,
    onBug: (error) => report?.(String(error instanceof Error ? error.stack : error)),
    onWarning: (sentence) => report?.(`Warning: ${visible(sentence)}`),
  });
  const closers: (() => unknown)[] = [() => web.close()];
  const close = async () => {
    for (let closer = closers.pop(); closer; closer = closers.pop()) await closer();
  };
  const openerFiles = new Set<string>();
  try {
    const port = await listenOn(web.server, wanted);
    const url = `http://127.0.0.1:${port}/`;
    const link = (options?: CodeOptions) => `${url}#code=${web.createCode(options)}`;
    const openerFile = async () => {
      let path: string | undefined;
      const onSpent = () => void forget();
      const forget = async () => {
        if (path === undefined) return;
        openerFiles.delete(path);
        await removeOpenerFile(path);
      };
      path = await writeOpenerFile(link({ ownUserOnly: true, onSpent }));
      openerFiles.add(path);
      setTimeout(onSpent, CODE_LIFE_MS).unref();
      return path;
    };
    closers.push(() => Promise.all([...openerFiles].map(removeOpenerFile)));
    const socket = await prepareSocketPath(home, process.env, `web-${port}.sock`);
    closers.push(await serveLinks(socket, (kind) => (kind === "file" ? openerFile() : link())));
    closers.push(await writeHostFiles(home, { pid: process.pid, port, socket, startedAt: Date.now() }, web.token));
    return {
      server: web.server,
      url,
      port,
      token: web.token,
      tokenFile: tokenFileOf(home, port),
      link: () => link(),
      openerFile,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The token of the environment, taken out of it: nothing that is started from here needs it, so this comes before
 * anything is. Throws args.invalid.
 */
export function takeToken(environment: NodeJS.ProcessEnv): string | undefined {
  const token = environment[TOKEN_VARIABLE];
  delete environment[TOKEN_VARIABLE];
  if (token !== undefined && !/^[\w-]{32,512}$/.test(token))
    throw new Problem("args.invalid", `The value of ${TOKEN_VARIABLE} is not a valid token`, {
      hint: "A token has 32 or more letters, digits, “-” and “_”. Make one: openssl rand -hex 32",
    });
  return token;
}

/** The first port is the usual one, so that the page keeps its address, and with it what the browser remembers of it. */
async function listenOn(server: Server, wanted: number | undefined): Promise<number> {
  if (wanted !== undefined) return listen(server, wanted);
  for (let port = FIRST_WEB_PORT; port <= LAST_WEB_PORT; port++) {
    try {
      return await listen(server, port);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  return listen(server, 0);
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
