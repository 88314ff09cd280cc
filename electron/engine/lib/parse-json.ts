/** Undefined for what is no JSON. What it is has to be looked at by whoever asked. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
