/** What a window may not do: go elsewhere, open others, embed pages, ask for permissions. */

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

export function guardContents(contents: GuardedContents, openExternal: (url: string) => void): void {
  const refuse = (event: Preventable) => event.preventDefault();
  contents.on("will-navigate", refuse);
  contents.on("will-redirect", refuse);
  contents.on("will-frame-navigate", refuse);
  contents.on("will-attach-webview", refuse);
  contents.setWindowOpenHandler(({ url }) => {
    if (isExternalLink(url)) openExternal(url);
    return { action: "deny" };
  });
  contents.session.setPermissionRequestHandler((_, permission, answer) => answer(permission === ALLOWED_PERMISSION));
  contents.session.setPermissionCheckHandler((_, permission) => permission === ALLOWED_PERMISSION);
}

/** A link may come out of a guest's console, so only what a browser shows is opened, and never a file or a program. */
export function isExternalLink(url: string): boolean {
  const protocol = URL.parse(url)?.protocol;
  return protocol === "https:" || protocol === "http:";
}
