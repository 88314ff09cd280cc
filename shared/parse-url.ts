/** `URL.parse`, which Node has only from 22.1 on: an older Electron opens the window too. */
export function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
