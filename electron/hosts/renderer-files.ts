/**
 * The files of the built renderer. They are listed once, and what is not on the list does not exist: no path that comes
 * from outside is ever joined to a folder.
 */

import { readdir } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";

export interface RendererFile {
  path: string;
  contentType: string;
  /** Its name has a digest of its content in it, so it never changes. */
  isImmutable: boolean;
}

const contentTypes: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

/** Every file below `folder` by the path in its address; `/` is the page itself. Empty where nothing is built. */
export async function listRendererFiles(folder: string): Promise<ReadonlyMap<string, RendererFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = new Map<string, RendererFile>();
  for (const entry of entries) {
    const contentType = contentTypes[extname(entry.name)];
    if (!entry.isFile() || !contentType) continue;
    const path = join(entry.parentPath, entry.name);
    const address = `/${relative(folder, path).split(sep).join("/")}`;
    const file = { path, contentType, isImmutable: address.startsWith("/assets/") };
    files.set(address, file);
    if (address === "/index.html") files.set("/", file);
  }
  return files;
}

/** What the page may do: nothing but talk to its own host. xterm sets styles, so `style-src` alone may be inline. */
export function contentSecurityPolicy(connectTo: string): string {
  return [
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    `connect-src 'self' ${connectTo}`.trimEnd(),
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
