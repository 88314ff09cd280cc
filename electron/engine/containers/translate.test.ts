import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../images/testing.ts";
import type { ContainerRecord } from "./store.ts";
import { meaningOf } from "./translate.ts";

const ELF = "\x7fELF…";

/** A root file system with these files, all of which may be run. */
function rootWith(root: string, files: Record<string, string>): string {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content, "latin1");
    chmodSync(join(root, path), 0o755);
  }
  return root;
}

const recordOf = (config: ContainerRecord["image"]["config"]): ContainerRecord => ({
  ...{ version: 1, reference: "docker.io/library/app:1", name: "app", pulledAt: "2026-12-01T00:00:00Z" },
  ...{ sizeBytes: 1, notes: [] },
  image: { architecture: "amd64", os: "linux", config, rootfs: { diff_ids: [] } },
});

it("a container image's process becomes a build", async () => {
  using base = temporaryFolder();
  const root = rootWith(base.path, {
    "usr/bin/server": ELF,
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nweb:x:33:44:www:/srv:/bin/sh\n",
    "etc/group": "root:x:0:\ncrew:x:77:\n",
  });
  symlinkSync("usr/bin", join(root, "bin"));
  const { program, build, warnings, kept } = await meaningOf(
    root,
    recordOf({
      Entrypoint: ["server", "--listen"],
      Cmd: ["80"],
      Env: ["PATH=/sbin:/bin", "A=b=c", "EMPTY=", "=bad"],
      WorkingDir: "/srv/",
      User: "web:crew",
      ExposedPorts: { "80/tcp": {}, "53/udp": {}, "9000-9002": {}, "70000/tcp": {} },
      Volumes: { "/data": {} },
      StopSignal: "SIGQUIT",
    }),
    {},
  );
  expect(program).toBe(join(root, "usr/bin/server"));
  expect(build).toMatchObject({
    ...{ name: "app", programName: "server", programPath: "/usr/bin/server", arguments: ["--listen", "80"] },
    environment: { PATH: "/sbin:/bin", A: "b=c", EMPTY: "", HOME: "/srv" },
    ...{ folders: [{ host: root, guest: "/" }], complete: true, ports: [80, 53, 9000, 9001, 9002] },
    manifest: { passthrough: { cwd: "/srv", user: "33:77" } },
  });
  expect(warnings).toEqual(["The image keeps its data in /data: an instance has it on its own disk."]);
  expect(kept).toEqual({ StopSignal: "SIGQUIT" });
});

it("arguments replace the image's own, and an entrypoint both", async () => {
  using base = temporaryFolder();
  const root = rootWith(base.path, { "bin/one": ELF, "bin/two": ELF });
  const record = recordOf({ Entrypoint: ["/bin/one", "-a"], Cmd: ["b"] });
  expect((await meaningOf(root, record, { arguments: ["c", "d"] })).build.arguments).toEqual(["-a", "c", "d"]);
  const other = await meaningOf(root, record, { entrypoint: "two" });
  expect(other.build).toMatchObject({ programName: "two", programPath: "/bin/two", arguments: [] });
});

it("a script is run by its interpreter, found in the image", async () => {
  using base = temporaryFolder();
  const root = rootWith(base.path, {
    "usr/local/bin/python3": ELF,
    "app/main.py": "#!/usr/bin/env -S python3 -u\nprint()",
    "app/old.py": "#!/usr/local/bin/python3 -E\n",
  });
  const record = recordOf({ WorkingDir: "/app", Cmd: ["./main.py", "x"] });
  expect((await meaningOf(root, record, {})).build).toMatchObject({
    ...{ programName: "python3", programPath: "/usr/local/bin/python3", arguments: ["-u", "/app/main.py", "x"] },
  });
  expect((await meaningOf(root, record, { entrypoint: "./old.py" })).build.arguments).toEqual(["-E", "/app/old.py"]);
});

it.each<[string, Record<string, string>, ContainerRecord["image"]["config"], string]>([
  ["no command", {}, {}, "container.no-program"],
  ["a program that is not there", {}, { Cmd: ["nowhere"] }, "container.no-program"],
  ["a shell script", { "run.sh": "#!/bin/sh\nexec app" }, { Cmd: ["/run.sh"] }, "container.shell-script"],
  ["a shell script by env", { run: "#!/usr/bin/env bash\n" }, { Cmd: ["/run"] }, "container.shell-script"],
  ["what is no program", { data: "text" }, { Cmd: ["/data"] }, "container.no-program"],
  ["a user that nobody knows", { app: ELF }, { Cmd: ["/app"], User: "nobody-here" }, "container.damaged"],
  ["scripts in a circle", { a: "#!/b\n", b: "#!/a\n" }, { Cmd: ["/a"] }, "container.no-program"],
])("%s is refused with what to do", async (_, files, config, code) => {
  using base = temporaryFolder();
  const meaning = meaningOf(rootWith(base.path, files), recordOf(config), {});
  await expect(meaning).rejects.toMatchObject({ code, hint: expect.stringMatching(/./) });
});

it("links out of the image lead into it", async () => {
  using base = temporaryFolder();
  const root = rootWith(join(base.path, "root"), { "real/app": ELF });
  writeFileSync(join(base.path, "app"), ELF, { mode: 0o755 });
  symlinkSync("../../../../real/app", join(root, "app"));
  expect((await meaningOf(root, recordOf({ Cmd: ["/app"] }), {})).program).toBe(join(root, "real/app"));
});
