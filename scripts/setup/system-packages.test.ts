/** Setup on a machine that lacks programs: a PATH without them, and an apt-get that notes what it is told. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Sandbox } from "./machine-without.testing.ts";

const compiler = ["gcc", "ld", "nm", "objcopy"];
const install = 'await setup.installSystemPackages("start", { yes: false });';

/** A machine with a kernel's compiler and a browser; `apt-get` makes what `provides` names, and writes down its words. */
function debian({ provides = [] as string[], fails = false } = {}): Sandbox {
  const sandbox = new Sandbox();
  sandbox.link("env", ...compiler);
  sandbox.script("chromium", "exit 0");
  sandbox.script("sudo", '[ "$1" = -n ] && shift; exec "$@"');
  const make = provides.map((name) => `printf '#!/bin/sh\\n' > ${sandbox.path("bin", name)}`);
  const permit = provides.map((name) => `/bin/chmod +x ${sandbox.path("bin", name)}`);
  const record = `echo "$DEBIAN_FRONTEND $*" >> ${sandbox.path("apt.log")}`;
  sandbox.script("apt-get", [record, ...make, ...permit, `exit ${fails ? 100 : 0}`].join("\n"));
  return sandbox;
}

describe("installing", () => {
  test("says what and why, and installs without a question where nobody could answer", () => {
    using sandbox = debian({ provides: ["qemu-system-x86_64", "qemu-img", "make"] });

    const { status, stderr } = sandbox.run("system-packages.mjs", install);

    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toContain("  QEMU for x86-64: runs the virtual machines\n");
    expect(stderr).toContain("apt-get install -y --no-install-recommends qemu-system-x86 qemu-utils make");
    expect(stderr).not.toContain("Go on?");
    expect(readFileSync(sandbox.path("apt.log"), "utf8")).toMatch(
      /noninteractive install -y --no-install-recommends qemu-system-x86 qemu-utils make( fonts-dejavu-core)?\n$/,
    );
  });

  test("is silent, and starts nothing, where all is there", () => {
    using sandbox = debian();
    for (const name of ["qemu-system-x86_64", "qemu-img", "make"]) sandbox.script(name, "");
    // Fonts are files, not programs: the machine that runs this has them, as setup has seen to it.

    const { status, stderr } = sandbox.run("system-packages.mjs", install);

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("names what apt gave no program for", () => {
    using sandbox = debian({ provides: ["qemu-system-x86_64", "make"] });

    const { status, stderr } = sandbox.run("system-packages.mjs", install);

    expect(status).toBe(1);
    expect(stderr).toContain("error: Still missing after the installation: qemu-img.\n");
  });

  test("ends with the command that failed", () => {
    using sandbox = debian({ fails: true });

    const { status, stderr } = sandbox.run("system-packages.mjs", install);

    expect(status).toBe(1);
    expect(stderr).toMatch(/error: “.*apt-get .*” failed\.\n {2}Install the packages by hand/);
  });

  test("lists what is missing where there is no package manager", () => {
    using sandbox = new Sandbox();

    const { status, stderr } = sandbox.run("system-packages.mjs", install);

    expect(status).toBe(1);
    expect(stderr).toContain("  make: builds the kernel\n");
    expect(stderr).toContain("error: Neither apt nor brew is here");
  });
});

describe("the question", () => {
  const answer = (input: string) => {
    using sandbox = new Sandbox();
    return sandbox.run("run.mjs", "console.log(await setup.isAgreed());", input);
  };

  test.each([
    ["\n", "true"],
    ["y\n", "true"],
    ["Yes\n", "true"],
    ["n\n", "false"],
    ["whatever\n", "false"],
    ["", "false"],
  ])("%j is %s", (input, expected) => {
    const { status, stdout, stderr } = answer(input);

    expect({ status, stdout }).toEqual({ status: 0, stdout: `${expected}\n` });
    expect(stderr).toContain("Continue? [Y/n]");
  });
});
