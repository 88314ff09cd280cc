/** `unideck serve`: the web host, until Ctrl-C. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolveHomes } from "../../engine/homes.ts";
import { connectToEngine } from "../../hosts/connect.ts";
import { findResources } from "../../resources.ts";
import { serveWeb } from "../../web.ts";
import { print } from "../output.ts";

export async function serve({ port, open, json }: { port?: number; open: boolean; json: boolean }): Promise<void> {
  const resources = findResources();
  const connection = await connectToEngine({ homes: resolveHomes(), resources });
  try {
    const host = await serveWeb(connection, resources, port);
    const { url } = host;
    print({ url, port: host.port, token: host.token }, { json, text: () => `${url}\n` });
    if (open) openInBrowser(url);
    await Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)));
    await host.close();
  } finally {
    await connection.close();
  }
}

/** The desktop's own way to open an address. Where there is none, the address on standard output remains. */
function openInBrowser(url: string): void {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(opener, [url], { stdio: "ignore", detached: true });
  child.once("error", () => process.stderr.write(`${opener} is not to be had here: open the address in a browser.\n`));
  child.unref();
}
