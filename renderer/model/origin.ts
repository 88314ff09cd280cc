/** Where a program came from, in words: its path, or that it was dropped, which leaves no path that says anything. Pure. */

/** `home`: the engine's home, in whose `uploads` dropped files are kept. */
export function originOf(path: string, home: string | undefined): string {
  if (home === undefined || !path.startsWith(`${home}/uploads/`)) return path;
  return `${path.slice(path.lastIndexOf("/") + 1)}, dropped on the window`;
}
