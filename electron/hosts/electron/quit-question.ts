/** What keeps running when the application is quit, in words; undefined where nothing does. Pure. */
export function quitQuestion(running: readonly string[]): { message: string; detail: string } | undefined {
  if (running.length === 0) return undefined;
  const [first, ...others] = running;
  const message = others.length === 0 ? `${first} keeps running.` : `${running.length} instances keep running.`;
  const named = running.slice(0, 10).join(", ") + (running.length > 10 ? " …" : "");
  return { message, detail: `${named}\nUnideck finds running instances again at its next start.` };
}
