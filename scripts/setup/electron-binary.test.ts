/** Getting Electron, with installers that work, fail and hang. */

import { describe, expect, test } from "vitest";
import { Sandbox } from "./machine-without.testing.ts";

const INSTALLER = "node_modules/electron/install.js";
const works = `
  const { mkdirSync, writeFileSync } = require("node:fs");
  mkdirSync(__dirname + "/dist");
  writeFileSync(__dirname + "/dist/electron", "");
  writeFileSync(__dirname + "/path.txt", "electron");`;
const fails = 'console.error("Error: the network says no\\n  at somewhere"); process.exit(1);';
const hangs = "setInterval(() => {}, 1000);";

function fetch(sandbox: Sandbox, { again = false, limitMs = 20_000 } = {}) {
  const options = JSON.stringify({ again, limitMs });
  const code = `console.log(setup.fetchElectron(process.execPath, ${options}) ?? "none");`;
  const { stdout, stderr } = sandbox.run("electron-binary.mjs", code);
  return { path: stdout.trim(), said: stderr };
}

describe("Electron's binary", () => {
  test("is downloaded once", () => {
    using sandbox = new Sandbox();
    sandbox.write(INSTALLER, works);

    const first = fetch(sandbox);
    const second = fetch(sandbox);

    expect(first.path).toBe(sandbox.path("node_modules/electron/dist/electron"));
    expect(first.said).toBe("Downloading Electron (at most 20 s) …\n");
    expect(second).toEqual({ path: first.path, said: "" });
  });

  test("a failure is explained, and remembered", () => {
    using sandbox = new Sandbox();
    sandbox.write(INSTALLER, fails);

    const first = fetch(sandbox);
    const second = fetch(sandbox);

    expect(first.path).toBe("none");
    expect(first.said).toContain("Electron can't be downloaded here: Error: the network says no\nThe next attempt");
    expect(second).toEqual({ path: "none", said: "" });
  });

  test("who asks for it by name gets another attempt, and so does the next day", () => {
    using sandbox = new Sandbox();
    sandbox.write(INSTALLER, fails);
    fetch(sandbox);
    sandbox.write(INSTALLER, works);
    const yesterday = Date.now() - 25 * 3600 * 1000;

    const today = fetch(sandbox);
    sandbox.write("node_modules/.unideck-setup/electron-failed", String(yesterday));
    const tomorrow = fetch(sandbox);

    expect(today.path).toBe("none");
    expect(tomorrow.path).toMatch(/dist\/electron$/);

    using other = new Sandbox();
    other.write(INSTALLER, fails);
    fetch(other);
    other.write(INSTALLER, works);
    expect(fetch(other, { again: true }).path).toMatch(/dist\/electron$/);
  });

  test("a download that takes too long is given up", () => {
    using sandbox = new Sandbox();
    sandbox.write(INSTALLER, hangs);

    const { path, said } = fetch(sandbox, { limitMs: 300 });

    expect(path).toBe("none");
    expect(said).toContain("ETIMEDOUT");
  });
});
