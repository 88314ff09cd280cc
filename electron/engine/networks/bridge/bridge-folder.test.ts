import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { askWatchdog } from "./bridge-folder.ts";

test("the watchdog is told by a file, and no link of another account is written through", async () => {
  const folder = mkdtempSync(join(tmpdir(), "unideck-asks-"));
  try {
    mkdirSync(join(folder, "br0", "asks"), { recursive: true });
    const precious = join(folder, "precious");
    writeFileSync(precious, "kept");
    symlinkSync(precious, join(folder, "br0", "asks", "undo"));

    await askWatchdog("br0", "confirm", folder);

    expect(lstatSync(join(folder, "br0", "asks", "confirm")).isFile()).toBe(true);
    await expect(askWatchdog("br0", "undo", folder)).rejects.toThrow("ELOOP");
    expect(readFileSync(precious, "utf8")).toBe("kept");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
