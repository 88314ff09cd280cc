/**
 * Waits, deadlines and lives are measured with the clock that only goes forward: the other one is set by people and by the
 * network, by a day at times. `Date.now()` says when something was, and is compared with nothing but what another process
 * has written down.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Comparisons with moments on a disk, and what is only shown. */
const allowed = [
  "electron/cli/commands/bridge.ts",
  "electron/engine/containers/registry-blobs.ts",
  "electron/engine/instances/guest-clock.ts",
  "electron/engine/instances/observation.ts",
  "electron/engine/instances/trash.ts",
  "renderer/app/update-notice.tsx",
];

const MEASURES =
  /Date\.now\(\)\s*(?:[<>]|[+-] (?!0\.5))|(?:[<>]=?|-)\s*Date\.now\(\)|(?:now|clock)\s*=\s*Date\.now\b(?!\()/;

test("nothing waits by the clock that can be set", () => {
  const files = ["electron", "renderer", "shared"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))))
    .filter((path) => /\.tsx?$/.test(path) && !/\.(?:test|testing)\.tsx?$|\/test\//.test(path));

  const found = files.filter((path) => MEASURES.test(readFileSync(join(root, path), "utf8")));

  expect(files.length).toBeGreaterThan(300);
  expect(found.filter((path) => !allowed.includes(path))).toEqual([]);
});

test.each([
  "for (const end = Date.now() + 5; Date.now() < end; )",
  "if (now - Date.now() > 5)",
  "x = Date.now() - before",
])("a wait by it is found: %s", (line) => {
  expect(MEASURES.test(line)).toBe(true);
});
