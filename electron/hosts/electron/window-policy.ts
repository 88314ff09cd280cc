/** What a window may not do: go elsewhere, open others, embed pages, ask for permissions. */

import { APP_ORIGIN } from "./app-protocol.ts";

interface Preventable {
  preventDefault(): void;
}

/** As much of Electron's `WebContents` as the policy needs. */
export interface GuardedContents {
  setWindowOpenHandler(handler: (details: { url: string }) => { action: "deny" }): void;
  on(event: "will-navigate", listener: (event: Preventable) => void): unknown;
  on(event: "will-redirect", listener: (event: Preventable) => void): unknown;
  on(event: "will-frame-navigate", listener: (event: Preventable) => void): unknown;
  on(event: "will-attach-webview", listener: (event: Preventable) => void): unknown;
  session: {
    setPermissionRequestHandler(
      handler: (contents: unknown, permission: string, answer: (granted: boolean) => void) => void,
    ): void;
    setPermissionCheckHandler(handler: (contents: unknown, permission: string) => boolean): void;
  };
}

/** Copying out of the console is the one thing that the page needs to be allowed. */
const ALLOWED_PERMISSION = "clipboard-sanitized-write";

interface Openers {
  openExternal: (url: string) => void;
  /** Opens a window of ours on a console: an address below our own origin. */
  openConsole: (url: string) => void;
}

export function guardContents(contents: GuardedContents, { openExternal, openConsole }: Openers): void {
  const refuse = (event: Preventable) => event.preventDefault();
  contents.on("will-navigate", refuse);
  contents.on("will-redirect", refuse);
  contents.on("will-frame-navigate", refuse);
  contents.on("will-attach-webview", refuse);
  contents.setWindowOpenHandler(({ url }) => {
    if (isConsoleAddress(url)) openConsole(url);
    else if (isExternalLink(url)) openExternal(url);
    return { action: "deny" };
  });
  contents.session.setPermissionRequestHandler((_, permission, answer) => answer(permission === ALLOWED_PERMISSION));
  contents.session.setPermissionCheckHandler((_, permission) => permission === ALLOWED_PERMISSION);
}

/** The page itself with the id of an instance, and nothing else: `app://unideck/?console=3f9a0c11d2`. */
export function isConsoleAddress(url: string): boolean {
  return /^\/\?console=[0-9a-z]{1,32}$/.test(url.startsWith(APP_ORIGIN) ? url.slice(APP_ORIGIN.length) : "");
}

/** A link may come out of a guest's console, so only what a browser shows is opened, and never a file or a program. */
export function isExternalLink(url: string): boolean {
  const protocol = URL.parse(url)?.protocol;
  return protocol === "https:" || protocol === "http:";
}
