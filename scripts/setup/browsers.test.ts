/** Finding a browser: in the order of preference, and never a stub that only talks of a snap. */

import { describe, expect, test } from "vitest";
import { Sandbox } from "./machine-without.testing.ts";

const stub = `if ! [ -x /snap/bin/chromium ]; then
    echo "Command '$0' requires the chromium snap to be installed." >&2
    echo "snap install chromium" >&2
    exit 10
fi
exec /snap/bin/chromium "$@"`;
const PLAYWRIGHTS = ".cache/ms-playwright/chromium-1200/chrome-linux64/chrome";

function found(sandbox: Sandbox): string {
  const { stdout, stderr } = sandbox.run("browsers.mjs", 'console.log(setup.findBrowser() ?? "none");');
  expect(stderr).toBe("");
  return stdout.trim().replace(`${sandbox.folder}/`, "");
}

describe.runIf(process.platform === "linux")("the browser", () => {
  test("is Chromium before Google Chrome before Edge before Playwright's own", () => {
    using sandbox = new Sandbox();
    const order: string[] = [];

    sandbox.write(PLAYWRIGHTS, "", 0o755);
    order.push(found(sandbox));
    for (const name of ["microsoft-edge", "google-chrome", "chromium"]) {
      sandbox.script(name, "");
      order.push(found(sandbox));
    }

    expect(order).toEqual([PLAYWRIGHTS, "bin/microsoft-edge", "bin/google-chrome", "bin/chromium"]);
  });

  test("is not the stub of a snap that is not there", () => {
    using sandbox = new Sandbox();
    sandbox.script("chromium-browser", stub);

    expect(found(sandbox)).toBe("none");
  });

  test("is the newest of Playwright's", () => {
    using sandbox = new Sandbox();
    for (const version of [999, 1200, 1187]) sandbox.write(PLAYWRIGHTS.replace("1200", String(version)), "", 0o755);

    expect(found(sandbox)).toBe(PLAYWRIGHTS);
  });
});
