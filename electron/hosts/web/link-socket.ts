/**
 * Links to the page of a web host that runs, asked for over a Unix socket of this user alone: what may connect there
 * may read the token, too, and no crowd on the port gets in the way.
 */

import { createServer, request } from "node:http";
import { json } from "node:stream/consumers";
import { z } from "zod";
import { Problem } from "../../../shared/problem.ts";
import { listenPrivately } from "../../engine/lib/listen-privately.ts";
import { type HostRecord, listHosts } from "./host-files.ts";

/** A host makes a link within a millisecond. */
const ASK_TIMEOUT_MS = 5000;

/** `url` goes where a person sees it, `file` to a browser on this computer: see opener-file.ts. */
const kinds = ["url", "file"] as const;
export type LinkKind = (typeof kinds)[number];

/** Answers `POST /url` and `POST /file` with what `make` gives. */
export async function serveLinks(
  path: string,
  make: (kind: LinkKind) => string | Promise<string>,
): Promise<() => Promise<void>> {
  const server = createServer((asked, response) => {
    const kind = kinds.find((name) => asked.method === "POST" && asked.url === `/${name}`);
    if (!kind) return void response.writeHead(404).end();
    Promise.resolve(make(kind)).then(
      (link) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ link })),
      () => response.writeHead(500).end(),
    );
  });
  await listenPrivately(server, path);
  return async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
}

/** A new link from the host at `port`, or from the one that was started last. Throws web.not-running. */
export async function askForLink(home: string, kind: LinkKind, port?: number): Promise<string> {
  const hosts = (await listHosts(home)).filter((host) => port === undefined || host.port === port);
  for (const host of hosts) {
    const link = await ask(host, kind);
    if (link !== undefined) return link;
  }
  throw new Problem(
    "web.not-running",
    `“unideck serve” is not running${port === undefined ? "" : ` on port ${port}`}`,
    {
      hint: "Start it: unideck serve",
    },
  );
}

/** Undefined where the host has gone, or does not answer. */
async function ask({ socket }: HostRecord, kind: LinkKind): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const answer = await new Promise<unknown>((resolve, reject) => {
      request({ socketPath: socket, method: "POST", path: `/${kind}`, agent: false, signal }, (response) =>
        json(response).then(resolve, reject),
      )
        .once("error", reject)
        .end();
    });
    return z.object({ link: z.string() }).safeParse(answer).data?.link;
  } catch {
    return undefined;
  }
}
