/** A console in a new window: the same page, told by its address which console to show, and nothing else. */

const PARAMETER = "console";

/** The instance whose console is all that this window shows; undefined in the window that shows everything. */
export function ownConsole(location: Pick<Location, "search"> = window.location): string | undefined {
  return new URLSearchParams(location.search).get(PARAMETER) ?? undefined;
}

/** Opens the window, or brings it to the front where it is open. In Electron the host opens it (window-policy.ts). */
export function openOwnWindow(id: string): void {
  const address = `/?${new URLSearchParams({ [PARAMETER]: id })}`;
  window.open(address, `unideck-console-${id}`, "popup,width=900,height=560")?.focus();
}
