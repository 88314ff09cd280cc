import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { Configuration } from "../../../shared/contract/configurations.ts";
import type { KernelRelease } from "../../../shared/contract/kernels.ts";
import { MAX_CONFIG_BYTES } from "../../../shared/ops-config.ts";
import { openPartition, withDisk } from "../formats/disk/disk.ts";
import { toPlain, toText } from "../formats/tfs/value.ts";
import { linkTarget, manifestOf, walkTree } from "../formats/tfs/volume.ts";
import { buildImage } from "../images/build.ts";
import { chooseKlibs } from "../images/klibs.ts";
import { type TestWorld, testTask, testWorld, tiny, wishFor } from "../images/testing.ts";
import { idleManifestKeys } from "../programs/preflight.ts";
import { openConfiguration } from "./open.ts";

interface Workshop extends TestWorld {
  /** Writes a file below the world's folder; its path. */
  put(path: string, content?: string): string;
  open(
    config: unknown,
    more?: { workingFolder?: string; name?: string; variables?: Record<string, string> },
  ): Promise<Configuration>;
}

function workshop(): Workshop {
  const world = testWorld();
  const put = (path: string, content = path) => {
    const whole = join(world.folder, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, content);
    return whole;
  };
  const open: Workshop["open"] = async (config, { name = "config.json", ...more } = {}) => {
    const path = put(name, typeof config === "string" ? config : JSON.stringify(config));
    const opened = await openConfiguration({ path, ...more }, world.homes);
    expect(Configuration.parse(opened)).toEqual(opened);
    return opened;
  };
  return { ...world, put, open };
}

/** Paths of the image's root, and its manifest. */
async function lookInto(path: string) {
  return await withDisk(path, async (disk) => {
    const root = await openPartition(disk, disk.root);
    const tree = new Map(
      [...walkTree(root)].map(({ path, type, node }) => [toText(path), type === "link" ? linkTarget(node) : type]),
    );
    return { tree, manifest: toPlain(manifestOf(root)) };
  });
}

describe("a configuration of OPS", () => {
  it("says what goes into the manifest", async () => {
    using world = workshop();

    const { build, warnings } = await world.open({
      Args: ["--port", "80"],
      Env: { A: "b" },
      NameServers: ["1.1.1.1", "9.9.9.9"],
      Debugflags: ["noaslr"],
      NoTrace: ["read", "write"],
      RebootOnExit: true,
      ManifestPassthrough: { so_rcvbuf: "8192", list: ["a"], nested: { k: "v" } },
      RunConfig: { IPAddress: "10.0.2.20", Gateway: "10.0.2.2" },
    });
    const image = await buildImage(wishFor(build), world, testTask());

    expect(warnings).toEqual([]);
    expect((await lookInto(image.path)).manifest).toMatchObject({
      arguments: ["tiny", "--port", "80"],
      environment: { A: "b" },
      noaslr: "t",
      notrace: ["read", "write"],
      reboot_on_exit: "t",
      so_rcvbuf: "8192",
      list: ["a"],
      nested: { k: "v" },
      ipaddr: "10.0.2.20",
      netmask: "",
      gateway: "10.0.2.2",
      ip6addr: "",
    });
  });

  it("takes Files and Dirs from where one is, under the path that they are written with; links stay links", async () => {
    using world = workshop();
    for (const path of ["work/etc/app.conf", "work/site/index.html", "work/site/sub/a.txt"]) world.put(path);
    symlinkSync("app.conf", join(world.folder, "work/etc/link.conf"));
    symlinkSync("nowhere", join(world.folder, "work/site/broken"));

    const { build } = await world.open(
      { Files: ["etc/app.conf", "etc/link.conf"], Dirs: ["./site/"] },
      { workingFolder: join(world.folder, "work") },
    );
    const { tree } = await lookInto((await buildImage(wishFor(build), world, testTask())).path);

    expect(tree.get("/etc/app.conf")).toBe("file");
    expect(tree.get("/etc/link.conf")).toBe("app.conf");
    expect(tree.get("/site/sub/a.txt")).toBe("file");
    expect(tree.get("/site/broken")).toBe("nowhere");
  });

  it("looks for absolute paths in TargetRoot, then below the working folder, then where they say", async () => {
    using world = workshop();
    for (const path of ["root/etc/one", "work/etc/one", "work/etc/two"]) world.put(path);
    const three = world.put("three");

    const { build } = await world.open(
      { TargetRoot: "../root", Files: ["/etc/one", "/etc/two", three] },
      { workingFolder: join(world.folder, "work") },
    );

    expect(build.files.map(({ host, guest }) => [host, guest])).toEqual([
      [join(world.folder, "root/etc/one"), "/etc/one"],
      [join(world.folder, "work/etc/two"), "/etc/two"],
      [three, three],
    ]);
    expect(build.sysroot).toBe(join(world.folder, "root"));
  });

  it("maps folders by patterns for names at any depth, starting at its own folder", async () => {
    using world = workshop();
    for (const path of ["conf/app/main.py", "conf/app/lib/deep.py", "conf/app/lib/notes.txt", "conf/doc/readme.md"])
      world.put(path);

    const { build } = await world.open(
      { MapDirs: { "app/*.py": "/srv", "doc/*": "/usr/doc", "app/lib": "/copy" } },
      { name: "conf/config.json", workingFolder: world.folder },
    );
    const { tree } = await lookInto((await buildImage(wishFor(build), world, testTask())).path);

    const expected = ["/srv/main.py", "/srv/lib/deep.py", "/usr/doc/readme.md", "/copy/deep.py", "/copy/notes.txt"];
    for (const path of expected) expect([path, tree.get(path)]).toEqual([path, "file"]);
    expect(tree.has("/srv/lib/notes.txt")).toBe(false);
  });

  it("says how an instance is to be made", async () => {
    using world = workshop();

    const { build, run } = await world.open({
      BaseVolumeSz: "64m",
      RunConfig: {
        Memory: "512",
        CPUs: 2,
        Ports: ["8080", "9000-90,443"],
        UDPPorts: ["53"],
        Accel: false,
        ImageName: "/images/web.img",
        InstanceName: "web-1",
      },
    });

    expect(build).toMatchObject({ name: "web", sizeBytes: 64 << 20, ports: [8080, 90, 443] });
    expect(run).toMatchObject({ name: "web-1", memoryBytes: 512 << 20, cpus: 2, options: { accelerator: "tcg" } });
    expect(run.ports?.map(({ host, guest, protocol }) => [host, guest, protocol])).toEqual([
      [8080, 8080, "tcp"],
      [9000, 90, "tcp"],
      [443, 443, "tcp"],
      [53, 53, "udp"],
    ]);
  });

  it("gives the first interface its addresses by keys of its own, or all of them by Nics, which go before", async () => {
    using world = workshop();
    const manifestOf = async (RunConfig: object, more: object = {}) =>
      (await world.open({ RunConfig, ...more })).build.manifest;
    const first = { ipaddr: "192.168.5.10", netmask: "255.255.0.0", gateway: "192.168.9.1", ip6addr: "" };

    const single = { IPAddress: "192.168.5.10", NetMask: "255.255.0.0", Gateway: "192.168.9.1" };
    expect(await manifestOf(single)).toEqual({ addresses: first });
    expect(await manifestOf({ NetMask: "255.255.0.0", Gateway: "192.168.9.1" })).toEqual({});
    expect(await manifestOf({ IPv6Address: "fd00::2" })).toEqual({
      addresses: { ipaddr: "", netmask: "", gateway: "", ip6addr: "fd00::2" },
    });
    const second = { IPAddress: "10.1.1.2" };
    expect(await manifestOf({ IPAddress: "10.9.9.9", Nics: [single, second, {}] })).toEqual({
      addresses: first,
      passthrough: { en2: { ipaddr: "10.1.1.2", netmask: "", gateway: "" } },
    });
    expect(await manifestOf({ Nics: [{}, second] }, { ManifestPassthrough: { en2: { mtu: "1400" } } })).toEqual({
      passthrough: { en2: { mtu: "1400" } },
    });
    const { warnings } = await world.open({ RunConfig: { Nics: [{ BridgeName: "br0" }] } });
    expect(warnings).toEqual(["RunConfig.Nics.0.BridgeName has a meaning only where Bridged is true"]);
  });

  it("chooses the kernel by version, or by its files", async () => {
    using world = workshop();
    const kernelOf = async (config: object) => (await world.open(config)).build.kernel;

    expect(await kernelOf({})).toBeUndefined();
    expect(await kernelOf({ NanosVersion: "0.1.54" })).toBe("0.1.54");
    expect(await kernelOf({ NightlyBuild: true })).toBe("nightly");
    expect(await kernelOf({ Kernel: "/r/kernel.img", Boot: "/r/boot.img" })).toBe("/r");
    await expect(kernelOf({ Kernel: "/r/kernel.img", Boot: "/q/boot.img" })).rejects.toThrow("Kernel and Boot");
  });

  it("takes klibs from KlibDir", async () => {
    using world = workshop();
    world.put("mods/mine", "a module");

    const { build } = await world.open({ Klibs: ["mine"], KlibDir: "mods" });
    const { path } = await buildImage(wishFor(build), world, testTask());
    const absent = buildImage(wishFor({ ...build, klibs: ["../config.json"] }), world, testTask());

    const boot = await withDisk(path, async (disk) => [...walkTree(await openPartition(disk, disk.boot))]);
    expect(boot.map((entry) => toText(entry.path))).toContain("/klib/mine");
    await expect(absent).rejects.toMatchObject({ code: "kernel.not-found" });
  });

  it("keeps the keys of volumes, and numbers host folders in their order", async () => {
    using world = workshop();
    world.put(".ops/volumes/data:8092e975-e6ce-6f22-f745-8d4872957f9b.raw");

    const { build, warnings } = await world.open({
      Mounts: { data: "/data", "./share": "/share" },
      RunConfig: { Mounts: ["8092e975-e6ce-6f22-f745-8d4872957f9b:/again", "./app:/app"] },
    });

    expect(build.manifest?.mounts).toEqual({
      data: "/data",
      "8092e975-e6ce-6f22-f745-8d4872957f9b": "/again",
      "%0": "/app",
      "%1": "/share",
    });
    expect(warnings.length).toBe(4);
  });

  it("keeps what it makes nothing of, and says so where it matters", async () => {
    using world = workshop();

    const { kept, warnings } = await world.open({
      Description: "mine",
      NoSuchKey: [1],
      CloudConfig: { Platform: "gcp" },
      RunConfig: { Vga: true, AtExit: "", Verbose: true, Other: 1 },
    });

    expect(kept).toEqual({
      Description: "mine",
      NoSuchKey: [1],
      CloudConfig: { Platform: "gcp" },
      RunConfig: { Vga: true, AtExit: "", Verbose: true, Other: 1 },
    });
    expect(warnings).toEqual([
      "NoSuchKey is not an OPS key and has no effect",
      "RunConfig.Other is not an OPS key and has no effect",
      "RunConfig.Vga is kept, but has no effect",
    ]);
  });

  it("names the key that was meant by one that nobody knows", async () => {
    using world = workshop();

    const { warnings } = await world.open({
      Port: ["80"],
      Arg: [],
      Progarm: "x",
      MapDir: {},
      Memory: "1g",
      Colour: 1,
      RunConfig: { Memroy: "1g", Env: {}, Volume: 1 },
    });

    expect(warnings.map((line) => /^(\S+) is not .*?(?:did you mean (\S+)\?)?$/.exec(line)?.slice(1))).toEqual([
      ["Port", "RunConfig.Ports"],
      ["Arg", "Args"],
      ["Progarm", "Program"],
      ["MapDir", "MapDirs"],
      ["Memory", "RunConfig.Memory"],
      ["Colour", undefined],
      ["RunConfig.Memroy", "RunConfig.Memory"],
      ["RunConfig.Env", "Env"],
      ["RunConfig.Volume", undefined],
    ]);
  });

  it("announces its ports as they are written, and leads each as one mapping", async () => {
    using world = workshop();

    const { build, run } = await world.open({ RunConfig: { Ports: ["8080-80", "443"], UDPPorts: ["53"] } });

    expect(run.ports?.map(({ host, guest }) => [host, guest])).toEqual([
      [8080, 80],
      [443, 443],
      [53, 53],
    ]);
    const { path } = await buildImage(wishFor(build), world, testTask());
    expect((await lookInto(path)).manifest).toMatchObject({ environment: { OPS_PORT: "8080-80,443" } });
  });

  it("says how a volume is made that it names and nobody has", async () => {
    using world = workshop();

    const { warnings } = await world.open({ Mounts: { db: "/data:ro", "./share": "/share" } });

    expect(warnings).toEqual([
      "The host folder ./share is not shared with the guest: /share is a folder of the image instead. MapDirs copies it into the image",
      "There is no volume db: /data is a folder of the image instead. “ops volume create db -s 64m” creates one, but volumes are not supported yet",
    ]);
  });

  it("has its instance's only card in a bridge where it is bridged, and leads no ports", async () => {
    using world = workshop();
    const bridged = (run: object) => world.open({ RunConfig: { Bridged: true, ...run } });

    const named = await bridged({ BridgeName: "lan", TapName: "tap7", Ports: ["80"] });
    expect(named.run).toMatchObject({ network: "none", bridges: [{ kind: "bridge", bridge: "lan", tap: "tap7" }] });
    expect(named.run.ports).toBeUndefined();
    expect(named.build.ports).toEqual([80]);
    expect(named.warnings).toEqual([expect.stringContaining("ports are not forwarded")]);
    expect((await bridged({})).run.bridges).toEqual([{ kind: "bridge", bridge: "br0" }]);
    const nics = [{ BridgeName: "lan", IPAddress: "10.1.0.5", NetMask: "255.255.255.0" }, {}];
    expect((await bridged({ TapName: "tap7", Nics: nics })).run.bridges).toEqual([
      { kind: "bridge", bridge: "lan", tap: "tap7" },
      { kind: "bridge", bridge: "br0" },
    ]);
    await expect(bridged({ TapName: "a b" })).rejects.toThrow(/RunConfig.TapName can't be “a b”/);

    const idle = await world.open({ RunConfig: { TapName: "tap7", Ports: ["80"] } });
    expect(idle.run).toMatchObject({ ports: [{ host: 80 }] });
    expect(idle.run.bridges).toBeUndefined();
    expect(idle.warnings).toEqual(["RunConfig.TapName has a meaning only where Bridged is true"]);
  });

  it("is read with any case of its keys, null as nothing, and a byte order mark before it", async () => {
    using world = workshop();

    const { build } = await world.open('\u{feff}{"args": ["a"], "ENV": {"X": "1"}, "Files": null}');

    expect(build).toMatchObject({ arguments: ["a"], environment: { X: "1" }, files: [] });
  });

  it("lies over the defaults: objects key by key, lists as a whole", async () => {
    using world = workshop();
    world.put(".opsrc", JSON.stringify({ Args: ["x", "y"], Env: { A: "1", B: "1" }, RunConfig: { Memory: "1g" } }));

    const { build, run } = await world.open({ Args: ["z"], Env: { B: "2" }, RunConfig: { CPUs: 2 } });

    expect(build).toMatchObject({ arguments: ["z"], environment: { A: "1", B: "2" } });
    expect(run).toMatchObject({ memoryBytes: 2 ** 30, cpus: 2 });
  });

  it("has its variables filled in where that is asked for", async () => {
    using world = workshop();
    const config = { Env: { HOST: "$NAME", PRICE: `5 $ or \${NAME}s`, NONE: "<$GONE>" } };

    expect((await world.open(config)).build.environment.HOST).toBe("$NAME");
    expect((await world.open(config, { variables: { NAME: "web" } })).build.environment).toEqual({
      HOST: "web",
      PRICE: "5 $ or webs",
      NONE: "<>",
    });
  });

  it("names the program: from where one is, else beside itself", async () => {
    using world = workshop();
    const beside = world.put("conf/app");
    const options = { name: "conf/config.json", workingFolder: world.folder };

    expect((await world.open({ Program: "app" }, options)).program).toBe(beside);
    const here = world.put("app");
    expect((await world.open({ Program: "app" }, options)).program).toBe(here);
    expect((await world.open({}, options)).program).toBeUndefined();
  });
});

describe("a build for Pith", () => {
  it("names the keys of the manifest that come to nothing there, those that protect something above all", () => {
    const passthrough = { firewall: { rules: [] }, cwd: "/", log_level: "3", en2: { ipaddr: "10.0.0.2" }, ip6addr: "" };

    expect(idleManifestKeys({ passthrough, debugFlags: ["noaslr", "trace"] }, "pith")).toEqual([
      "Pith does not enforce the manifest's “firewall”: the guest runs without it. A Nanos release enforces it",
      "Pith does not use the manifest's “log_level”",
      "Pith does not use the manifest's “trace”",
    ]);
    expect(idleManifestKeys({ passthrough }, "nanos")).toEqual([]);
    expect(idleManifestKeys({ passthrough: { user: "999" } }, "pith")).toEqual([]);
    expect(idleManifestKeys({ passthrough: { user: "999" } }, "nanos")).toEqual([
      "Only Pith starts a program as another user: with this kernel the program runs as root",
    ]);
  });

  it("leaves klibs out with a note", async () => {
    const notes: string[] = [];
    using world = workshop();
    const pith: KernelRelease = { ...(await world.kernels.resolve(undefined)), kind: "pith", klibs: [] };

    expect(chooseKlibs(wishFor({ klibs: ["tls", "ntp"] }), pith, (line) => notes.push(line))).toEqual([]);
    expect(notes).toEqual(["Pith loads no klibs, so tls, ntp are left out; a Nanos release has them"]);
  });
});

describe("the configuration of a package", () => {
  it("means its own files: sysroot is the root, the first argument comes along, no library is looked for", async () => {
    using world = workshop();
    world.put("app_1.0/app");
    world.put("app_1.0/sysroot/etc/app.conf");
    world.put("work/hi.js");
    const config = { Program: "app_1.0/app", Args: ["app", "hi.js", "--fast"], Version: "1.0" };

    const opened = await world.open(config, {
      name: "app_1.0/package.manifest",
      workingFolder: join(world.folder, "work"),
    });

    expect(opened.program).toBe(join(world.folder, "app_1.0/app"));
    expect(opened.build).toMatchObject({
      programName: "app",
      arguments: ["hi.js", "--fast"],
      complete: true,
      files: [{ host: join(world.folder, "work/hi.js"), guest: "/hi.js" }],
    });
    const image = await buildImage(wishFor({ ...opened.build, program: tiny }), world, testTask());
    const { tree, manifest } = await lookInto(image.path);
    expect([tree.get("/etc/app.conf"), tree.get("/hi.js")]).toEqual(["file", "file"]);
    expect(manifest).toMatchObject({ arguments: ["app", "hi.js", "--fast"], program: "/app" });
  });

  it("is merged with a configuration: arguments follow its own, settings win, the program stays", async () => {
    using world = workshop();
    world.put("app_1.0/own");
    world.put(
      "app_1.0/package.manifest",
      '{"Program":"app_1.0/app","Args":["app","-x"],"Files":["own"],"Env":{"A":"1","B":"1"}}',
    );
    world.put("work/mine");
    const over = world.put(
      "work/c.json",
      '{"Program":"other","Args":["-y"],"Files":["mine"],"Env":{"B":"2"},"RunConfig":{"Memory":"1G"}}',
    );
    const path = join(world.folder, "app_1.0");
    const workingFolder = join(world.folder, "work");

    const merged = await openConfiguration({ path, over, workingFolder }, world.homes);
    const typed = await openConfiguration({ path, over, workingFolder, arguments: ["q"] }, world.homes);

    expect(merged).toMatchObject({ program: join(path, "app"), run: { memoryBytes: 1 << 30 } });
    expect(merged.build).toMatchObject({
      programName: "app",
      arguments: ["-x", "-y"],
      environment: { A: "1", B: "2" },
      files: [
        { host: join(path, "own"), guest: "/own" },
        { host: join(workingFolder, "mine"), guest: "/mine" },
      ],
    });
    expect(typed.build.arguments).toEqual(["-x", "q"]);
  });

  it("may name a program in its sysroot, which stays where it is", async () => {
    using world = workshop();
    const config = { Program: "/usr/bin/app", Args: ["app"] };

    const { program, build } = await world.open(config, { name: "app_1.0/package.manifest" });

    expect(program).toBe(join(world.folder, "app_1.0/sysroot/usr/bin/app"));
    expect(build.programPath).toBe("/usr/bin/app");
    // Nothing of the package but its program: there is no such folder.
    expect(build.folders).toEqual([]);
  });

  it("is found in a folder, before a config.json", async () => {
    using world = workshop();
    world.put("both/config.json", "{}");
    const folder = join(world.folder, "both");

    expect((await openConfiguration({ path: folder }, world.homes)).path).toBe(join(folder, "config.json"));
    world.put("both/package.manifest", "{}");
    expect((await openConfiguration({ path: folder }, world.homes)).path).toBe(join(folder, "package.manifest"));
    await expect(openConfiguration({ path: world.folder }, world.homes)).rejects.toMatchObject({
      code: "file.not-found",
    });
  });
});

describe("a configuration that is wrong", () => {
  const wrong: [what: string, config: unknown, message: string][] = [
    ["no JSON", "{", "config.json is not valid JSON"],
    ["no object", "[]", "config.json is not an OPS configuration"],
    ["too deep", `{"ManifestPassthrough":${'{"a":'.repeat(500)}{}${"}".repeat(500)}}`, "not an OPS configuration"],
    ["a text for a list", { Args: "--port" }, "Args has a value of the wrong kind"],
    ["a number in a list", { Args: ["a", 1] }, "Args.1 has a value of the wrong kind"],
    ["a number to pass through", { ManifestPassthrough: { a: 1 } }, "ManifestPassthrough.a has a value"],
    ["a number in RunConfig", { RunConfig: { Memory: 512 } }, "RunConfig.Memory has a value of the wrong kind"],
    ["a size that is none", { BaseVolumeSz: "much" }, "BaseVolumeSz can't be “much”"],
    ["too little memory", { RunConfig: { Memory: "1k" } }, "RunConfig.Memory can't be “1k”"],
    ["too many processors", { RunConfig: { CPUs: 1000 } }, "RunConfig.CPUs can't be “1000”"],
    ["a port that is none", { RunConfig: { Ports: ["70000"] } }, "RunConfig.Ports can't be “70000”"],
    ["a name that is none", { RunConfig: { InstanceName: "a b" } }, "RunConfig.InstanceName can't be “a b”"],
    ["an address that is none", { RunConfig: { IPAddress: "10.0.2" } }, "RunConfig.IPAddress can't be “10.0.2”"],
    [
      "a mask that is none",
      { RunConfig: { IPAddress: "10.0.2.9", NetMask: "255.0.255.0" } },
      "RunConfig.NetMask can't be",
    ],
    [
      "a gateway that is none",
      { RunConfig: { Nics: [{}, { IPAddress: "10.0.2.9", Gateway: "up" }] } },
      "RunConfig.Nics.1.Gateway can't be “up”",
    ],
    ["a file that is absent", { Files: ["gone"] }, "Files has gone"],
    ["a folder that is absent", { Dirs: ["gone"] }, "Dirs has gone"],
    ["a mapped folder that is absent", { MapDirs: { "gone/*": "/" } }, "MapDirs has gone/*"],
    ["a mount at the root", { Mounts: { data: "/" } }, "Mounts puts data at “/”"],
    ["an old file system", { TFSv4: true }, "TFSv4 is not supported"],
    ["UEFI", { Uefi: true }, "Uefi is not supported"],
  ];

  it.each(wrong)("by %s is refused, and the key is named", async (_, config, message) => {
    using world = workshop();

    const error = await world.open(config).catch((error: unknown) => error);

    expect(error).toMatchObject({ code: "config.invalid", message: expect.stringContaining(message) });
    expect(error).toHaveProperty("hint", expect.stringMatching(/.+/));
  });

  it("is not read beyond what a configuration may have", async () => {
    using world = workshop();

    const [large, pipe] = [join(world.folder, "large.json"), join(world.folder, "pipe.json")];
    writeFileSync(large, `{}${" ".repeat(MAX_CONFIG_BYTES)}`);
    execFileSync("mkfifo", [pipe]);

    await expect(openConfiguration({ path: large }, world.homes)).rejects.toMatchObject({ code: "config.invalid" });
    for (const path of ["/dev/zero", pipe])
      await expect(openConfiguration({ path }, world.homes)).rejects.toMatchObject({ code: "file.unsupported" });
    await expect(openConfiguration({ path: join(world.folder, "gone") }, world.homes)).rejects.toMatchObject({
      code: "file.not-found",
    });
    await expect(openConfiguration({ path: "config.json" }, world.homes)).rejects.toMatchObject({
      code: "args.invalid",
    });
  });
});
