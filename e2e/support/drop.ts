/** Dropping a file on the window, as a person does. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Page } from "@playwright/test";

/** Drops a file's bytes on the window by the real events. */
export async function drop(page: Page, path: string): Promise<void> {
  const content = (await readFile(path)).toString("base64");
  const transfer = await page.evaluateHandle(
    ([name, base64]) => {
      const data = new DataTransfer();
      data.items.add(new File([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], name));
      return data;
    },
    [basename(path), content] as const,
  );
  // Whatever lies over the window: a sheet makes the rest of it inert.
  const target = page.locator("body");
  for (const event of ["dragenter", "dragover", "drop"]) await target.dispatchEvent(event, { dataTransfer: transfer });
}
