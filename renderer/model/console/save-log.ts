/** Saves an instance's whole console, from its first byte, as a file of the browser. */

import type { UnideckClient } from "../../../shared/contract/index.ts";
import { toBytes } from "../../platform/base64.ts";
import { saveFile } from "../../platform/save-file.ts";

/** `onBytes` hears how much has been read. */
export async function saveConsole(
  client: UnideckClient,
  id: string,
  name: string,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of await client.instances.console({ id, from: 0, follow: false })) {
    const part = toBytes(chunk.bytes);
    parts.push(part);
    bytes += part.length;
    onBytes(bytes);
  }
  saveFile(`${name}-console.log`, parts, "text/plain");
}
