/** What a window may not do: go elsewhere, open others, embed pages, ask for permissions. */

import { parseUrl } from "../../../shared/parse-url.ts";
import { APP_ORIGIN, isAppPage } from "./app-protocol.ts";

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
      handler: (
        contents: unknown,
        permission: string,
        answer: (granted: boolean) => void,
        details: { requestingUrl?: string },
      ) => void,
    ): void;
    setPermissionCheckHandler(
      handler: (contents: unknown, permission: string, requestingOrigin: string) => boolean,
    ): void;
    setDevicePermissionHandler(handler: () => boolean): void;
  };
}

/** Copying out of the console is the one thing that the page needs to be allowed. */
const ALLOWED_PERMISSION = "clipboard-sanitized-write";

interface Openers {
  openExternal: (url: string) => void;
  /** Opens a window of ours on a console: an address below our own origin. */
  openConsole: (url: string) => void;
  /** Shows a file of packets in its folder. */
  revealCapture: (which: CapturedCard) => void;
}

/** A page names no paths: the engine knows where this lies. */
export interface CapturedCard {
  instance: string;
  card: string;
}

export function guardContents(contents: GuardedContents, { openExternal, openConsole, revealCapture }: Openers): void {
  const refuse = (event: Preventable) => event.preventDefault();
  contents.on("will-navigate", refuse);
  contents.on("will-redirect", refuse);
  contents.on("will-frame-navigate", refuse);
  contents.on("will-attach-webview", refuse);
  contents.setWindowOpenHandler(({ url }) => {
    const captured = capturedCard(url);
    if (isConsoleAddress(url)) openConsole(url);
    else if (captured) revealCapture(captured);
    else if (isExternalLink(url)) openExternal(url);
    return { action: "deny" };
  });
  const isAllowed = (permission: string, url: string) => permission === ALLOWED_PERMISSION && isAppPage(url);
  contents.session.setPermissionRequestHandler((_, permission, answer, { requestingUrl = "" }) =>
    answer(isAllowed(permission, requestingUrl)),
  );
  contents.session.setPermissionCheckHandler((_, permission, origin) => isAllowed(permission, origin));
  contents.session.setDevicePermissionHandler(() => false);
}

/** The page itself with the id of an instance, and nothing else: `app://unideck/?console=3f9a0c11d2`. */
export function isConsoleAddress(url: string): boolean {
  return /^\/\?console=[0-9a-z]{1,32}$/.test(ownAddress(url));
}

/** The same with the card of an instance: `app://unideck/?capture=3f9a0c11d2&card=net0`. */
function capturedCard(url: string): CapturedCard | undefined {
  const [, instance, card] = /^\/\?capture=([0-9a-z]{1,32})&card=([A-Za-z][\w.-]{0,63})$/.exec(ownAddress(url)) ?? [];
  return instance && card ? { instance, card } : undefined;
}

const ownAddress = (url: string) => (url.startsWith(APP_ORIGIN) ? url.slice(APP_ORIGIN.length) : "");

/** A link may come out of a guest's console, so only what a browser shows is opened, and never a file or a program. */
export function isExternalLink(url: string): boolean {
  const protocol = parseUrl(url)?.protocol;
  return protocol === "https:" || protocol === "http:";
}
