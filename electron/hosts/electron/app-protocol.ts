/** `app://unideck/`: the renderer's files as the pages of a privileged scheme, and nothing else. */

import { readFile } from "node:fs/promises";
import { parseUrl } from "../../../shared/parse-url.ts";
import { contentSecurityPolicy, type RendererFile } from "../renderer-files.ts";

export const APP_SCHEME = "app";
export const APP_ORIGIN = "app://unideck";

/** What the scheme may do: be a proper origin with its own storage, and be fetched from by its own page. */
export const appSchemePrivileges = { standard: true, secure: true, supportFetchAPI: true } as const;

/** Whether that is a page of ours; an address that only begins like one is not. */
export function isAppPage(url: string): boolean {
  const address = parseUrl(url);
  return address?.protocol === `${APP_SCHEME}:` && address.host === new URL(APP_ORIGIN).host && address.username === "";
}

/** Answers a request to the scheme; what is not a file of the renderer is not there. */
export async function answerAppRequest(
  files: ReadonlyMap<string, RendererFile>,
  { url, method }: { url: string; method: string },
): Promise<Response> {
  const address = parseUrl(url);
  const file = address && isAppPage(url) && method === "GET" ? files.get(address.pathname) : undefined;
  if (!file) return new Response("There is nothing at this address.", { status: 404, headers: protections });
  return new Response(new Uint8Array(await readFile(file.path)), {
    headers: { ...protections, "content-type": file.contentType },
  });
}

const protections = {
  "content-security-policy": contentSecurityPolicy(""),
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
};
