/** `unideck serve`: the web host, until Ctrl-C; and new links to one that runs. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { pathToFileURL } from "node:url";
import { resolveHomes } from "../../engine/lib/homes.ts";
import { findResources } from "../../engine/lib/resources.ts";
import { connectToEngine } from "../../hosts/connect.ts";
import { askForLink } from "../../hosts/web/link-socket.ts";
import { serveWeb, takeToken } from "../../web.ts";
import { print, writeLine, writeText } from "../output.ts";

interface ServeOptions {
  port?: number;
  open: boolean;
  link: boolean;
  file: boolean;
  json: boolean;
}

export async function serve({ port, open, link, file, json }: ServeOptions): Promise<void> {
  const homes = resolveHomes();
  if (link || file) {
    const made = await askForLink(homes.unideck, file ? "file" : "url", port);
    return print(file ? { file: made } : { url: made }, { json, text: () => [made] });
  }
  const token = takeToken(process.env);
  const resources = findResources();
  const connection = await connectToEngine({ homes, resources });
  try {
    const report = (text: string) => writeText(process.stderr, `${text}\n`);
    const host = await serveWeb(connection, { home: homes.unideck, resources, port, token, report });
    const { url, tokenFile } = host;
    // Programs have the token's file; what they write down of this is not a secret.
    print({ url, port: host.port, tokenFile }, { json, text: () => [host.link()] });
    if (open) openInBrowser(await host.openerFile());
    await Promise.race(["SIGINT", "SIGTERM", "SIGHUP"].map((signal) => once(process, signal)));
    await host.close();
  } finally {
    await connection.close();
  }
}

/** The desktop's own way to open an address. Where there is none, the address on standard output remains. */
function openInBrowser(file: string): void {
  const opener = process.platform === "darwin" ? "open" : "xdg-open";
  const child = spawn(opener, [pathToFileURL(file).href], { stdio: "ignore", detached: true });
  child.once("error", () => writeLine(`${opener} was not found: open the link in a browser.`));
  child.unref();
}
