import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../testing.ts";
import { findPackages, readDistribution } from "./packages.ts";
import { packageUrl } from "./sbom.ts";

/** Asks package managers that write what is given here, as the real ones do for files of theirs. */
async function ask(scripts: Record<string, string>, paths: string[]) {
  using folder = temporaryFolder();
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder.path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder.path, name), 0o755);
  }
  return Object.fromEntries(await findPackages(paths, folder.path));
}

const [owned, stray] = ["/no-such-folder/liba.so.1", "/no-such-folder/libb.so.1"];

describe("the package of a file", () => {
  it("is known to dpkg, also under the name that the file has behind a link", async () => {
    const script = `case "$1" in
      -S) echo "diversion by x from: /y"; echo "liba1:amd64: /usr${owned}"; echo "dpkg-query: no path found" >&2; exit 1;;
      -W) printf 'liba1:amd64\\tliba1\\t1.2-3+b1\\tamd64\\n';;
    esac`;

    expect(await ask({ "dpkg-query": script }, [owned, stray])).toEqual({
      [owned]: { type: "deb", name: "liba1", version: "1.2-3+b1", architecture: "amd64" },
    });
  });

  it("is known to rpm, which answers in order", async () => {
    const script = `shift 3; for path; do case "$path" in
      ${owned}) printf 'liba\\t1.2-3.fc41\\tx86_64\\n';;
      *) echo "file $path is not owned by any package";;
    esac; done`;

    expect(await ask({ "dpkg-query": "exit 1", rpm: script }, [stray, owned])).toEqual({
      [owned]: { type: "rpm", name: "liba", version: "1.2-3.fc41", architecture: "x86_64" },
    });
  });

  it("is known to apk, which writes sentences", async () => {
    const script = `echo "${owned} is owned by lib-a-1.3.1-r2"; echo "ERROR: ${stray}: Could not find owner package"`;

    expect(await ask({ "dpkg-query": "exit 1", rpm: "exit 1", apk: script }, [owned, stray])).toEqual({
      [owned]: { type: "apk", name: "lib-a", version: "1.3.1-r2", architecture: undefined },
    });
  });

  it("is unknown where managers fail, and where nothing is asked", async () => {
    expect(await ask({ "dpkg-query": "echo nonsense; exit 2", rpm: "kill -9 $$", apk: "exit 1" }, [owned])).toEqual({});
    expect(await ask({ "dpkg-query": "exit 1" }, [])).toEqual({});
  });

  it("has a URL with its distribution", async () => {
    using folder = temporaryFolder();
    const release = join(folder.path, "os-release");
    writeFileSync(release, 'NAME="Some Linux"\nID=some\nVERSION_ID="4.2"\n');
    const owner = { type: "deb", name: "liba++", version: "1:2~3", architecture: "amd64" } as const;

    expect(packageUrl(owner, await readDistribution(release))).toBe(
      "pkg:deb/some/liba%2B%2B@1%3A2~3?arch=amd64&distro=some-4.2",
    );
    expect(packageUrl({ ...owner, architecture: undefined }, await readDistribution("/none"))).toBe(
      "pkg:deb/liba%2B%2B@1%3A2~3",
    );
  });
});
