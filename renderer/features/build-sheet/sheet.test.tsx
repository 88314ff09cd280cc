// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { makeElf } from "../../../electron/engine/formats/elf/make-elf.ts";
import { BuildSpec } from "../../../shared/contract/images.ts";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import type { PortForward } from "../../../shared/contract/instances.ts";
import { Problem } from "../../../shared/problem.ts";
import type { DroppedFile } from "../../model/draft/dropped.ts";
import { useBuild } from "../../model/draft/session.ts";
import type { FakeWorld } from "../../test/fake-world.ts";
import { aBuild, aNanos, anImage, anInspection, anInstance, aRunning, aTask, pith } from "../../test/samples.ts";
import { chooseFrom, open } from "../../test/window.tsx";
import { BuildSheet } from "./sheet.tsx";

const field = (name: string) => screen.getByRole<HTMLInputElement>("textbox", { name });

async function openWith(world: Partial<FakeWorld> = {}, path = "/home/me/hello") {
  const opened = await open(<BuildSheet />, world);
  void useBuild.getState().takePath(opened.engine.client, path);
  await screen.findByRole("dialog", { name: /^Build/ });
  return opened;
}

async function openReady(world: Partial<FakeWorld> = {}) {
  const opened = await openWith(world);
  await screen.findByRole("textbox", { name: "Name" });
  return opened;
}

describe("the build sheet", () => {
  test("says what the program is, and fills the fields with good guesses", async () => {
    await openReady({
      inspect: () =>
        anInspection({ suggested: { name: "hello", programPath: "/hello", memoryBytes: 2 ** 28, ports: [8080] } }),
    });

    const card = screen.getByRole("region", { name: "Program" });
    expect(card.textContent).toContain("Go program, x86-64");
    expect(card.textContent).toContain("6.4 MB · static · go1.26.1 · build id 3f9a…c2");
    expect(card.textContent).toContain("ready");
    expect(field("Name").value).toBe("hello");
    expect(field("Ports").value).toBe("8080");
    expect(field("Memory").value).toBe("256 MB");
    expect(screen.getByText("guessed from the program")).toBeDefined();
  });

  test("says why a program is refused, and takes another", async () => {
    const refuse = () => {
      throw new Problem("elf.wrong-os", "hello is a macOS program", { hint: "Build it for Linux." });
    };

    await openWith({ inspect: refuse });

    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("hello is a macOS program");
    expect(alert.textContent).toContain("Build it for Linux.");
    expect(screen.getByRole("button", { name: "Choose a file…" })).toBeDefined();
    expect(screen.queryByRole("button", { name: /Build & run/ })).toBeNull();
  });

  test("says once what can't work, and where in the program it is called", async () => {
    const places = [{ call: "system", within: "start", address: 0x401136, fileOffset: 0x1136 }];
    const finding = { level: "warning" as const, rule: "starts-processes", message: "It starts programs", places };

    const program = { ...anInspection().program, refusedCalls: ["system"] };

    await openReady({ inspect: () => anInspection({ program, findings: [finding] }) });

    expect(screen.getByRole("note").textContent).toContain("It starts programs");
    expect(screen.getByText("Called in 1 place")).toBeDefined();
    expect(screen.getByText("system in start, at 0x401136")).toBeDefined();
  });

  test("names a missing library once, with every place where it was looked for", async () => {
    const missing = {
      name: "libfoo.so.1",
      found: false,
      neededBy: ["hello"],
      searched: ["/lib/libfoo.so.1", "/usr/lib/libfoo.so.1"],
    };

    const finding = { level: "error" as const, rule: "library-missing", message: "libfoo.so.1 is not on the host" };

    await openReady({ inspect: () => anInspection({ libraries: [missing], findings: [finding] }) });

    const libraries = screen.getByRole("region", { name: "Libraries" });
    expect(libraries.textContent).toContain("libfoo.so.1 is missing");
    expect(libraries.textContent).toContain("hello needs it.");
    expect(within(libraries).getByText("/usr/lib/libfoo.so.1")).toBeDefined();
    expect(screen.queryByText("libfoo.so.1 is not on the host")).toBeNull();
    expect(screen.getByRole("region", { name: "Program" }).textContent).toContain("not ready");
  });

  test("a missing library that is only asked for while the program runs is no more than a warning", async () => {
    const missing = { name: "libplug.so", found: false, optional: true, neededBy: ["hello"], searched: [] };

    await openReady({ inspect: () => anInspection({ libraries: [missing] }) });

    expect(screen.getByRole("region", { name: "Libraries" }).textContent).toContain("hello may load it at run time.");
  });

  test("names each library with where it was found, and by which rule", async () => {
    const found = {
      name: "libm.so.6",
      found: true,
      hostPath: "/lib/libm.so.6",
      foundBy: "runpath" as const,
      sizeBytes: 2048,
      neededBy: ["hello"],
      searched: [],
    };
    const opened = { ...found, name: "libgcc_s.so.1", hostPath: "/lib/libgcc_s.so.1", optional: true };

    await openReady({ inspect: () => anInspection({ libraries: [found, opened] }) });

    const items = within(screen.getByRole("region", { name: "Libraries" })).getAllByRole("listitem", { hidden: true });
    expect(items.map(({ textContent }) => textContent)).toEqual([
      "/lib/libm.so.6RUNPATH2 KB",
      "/lib/libgcc_s.so.1RUNPATH, may be loaded at run time2 KB",
    ]);
  });

  test("says what a kernel does not have only while that one is chosen", async () => {
    const finding = { level: "note" as const, rule: "absent-calls", kernel: "pith" as const, message: "No shmget" };
    const { user } = await openReady({
      kernels: [pith, aNanos()],
      inspect: () => anInspection({ findings: [finding] }),
    });
    expect(screen.getByText("No shmget")).toBeDefined();

    await chooseFrom(user, screen.getByRole("combobox", { name: "Kernel" }), "Nanos 0.1.54");

    expect(screen.queryByText("No shmget")).toBeNull();
  });

  test("is filled by a configuration of OPS, and says what else that asks for", async () => {
    const { engine, user } = await openWith(
      {
        openConfiguration: (path) => ({
          path,
          program: "/srv/app",
          build: {
            arguments: ["-v"],
            environment: {},
            files: [],
            folders: [],
            klibs: [],
            ports: [],
            force: false,
            manifest: { nameServers: ["9.9.9.9"], mounts: { data: "/data" } },
          },
          run: {},
          kept: {},
          warnings: ["RunConfig.Vga is kept, but has no effect"],
        }),
      },
      "/srv/config.json",
    );
    const note = (await screen.findByText("Values come from /srv/config.json")).closest('[role="note"]');
    expect(note?.textContent).toContain("It also sets name servers, mounts.");
    expect(note?.textContent).toContain("RunConfig.Vga is kept");
    expect(field("Arguments").value).toBe("-v");
    await user.click(screen.getByText(/^More:/));
    await user.click(screen.getByRole("checkbox", { name: /^Reproducible/ }));

    await user.click(screen.getByRole("button", { name: "Build" }));

    await waitFor(() => expect(engine.inputsOf("images.build")).toHaveLength(1));
    expect(engine.inputsOf("programs.inspect")).toMatchObject([{ path: "/srv/app" }]);
    expect(engine.inputsOf("images.build")[0]).toMatchObject({
      arguments: ["-v"],
      reproducible: true,
      manifest: { nameServers: ["9.9.9.9"], mounts: { data: "/data" } },
    });
  });

  test("opens a folder as the configuration in it, and says what is wrong with that", async () => {
    const inspect = () => {
      throw new Problem("file.is-directory", "/srv is a folder");
    };

    await openWith({ inspect }, "/srv");

    expect((await screen.findByRole("alert")).textContent).toContain("/srv has no config.json and no package.manifest");
  });

  test("builds and runs what the fields say", async () => {
    const { engine, user } = await openReady();
    await user.type(field("Arguments"), "-v 'two words'");
    await user.type(field("Environment"), "GREETING=hi");
    await user.type(field("Ports"), "8080:80");

    await user.click(screen.getByRole("button", { name: /Build & run/ }));

    await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
    expect(engine.inputsOf("instances.buildAndRun")[0]).toMatchObject({
      build: { name: "hello", arguments: ["-v", "two words"], environment: { GREETING: "hi" }, ports: [80] },
      spec: { memoryBytes: 2 ** 28, ports: [{ host: 8080, guest: 80, protocol: "tcp" }] },
    });
  });

  test("builds and runs by Control and Enter, from any field", async () => {
    const { engine } = await openReady();

    fireEvent.keyDown(field("Memory"), { key: "Enter", ctrlKey: true });

    await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
  });

  test("shows how a build goes, with numbers and a cancel", async () => {
    const { engine, user } = await openReady();

    await user.click(screen.getByRole("button", { name: /Build & run/ }));

    const progress = await screen.findByRole("region", { name: "Progress" });
    expect(progress.textContent).toContain("Copying files");
    expect(progress.textContent).toContain("3 MB of 12 MB");
    expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("25");
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(engine.inputsOf("tasks.cancel")).toEqual([{ id: "t1" }]));
  });

  test("comes back to the fields with the reason when a build fails", async () => {
    const { engine, user } = await openReady();
    await user.clear(field("Name"));
    await user.type(field("Name"), "taken");
    await user.click(screen.getByRole("button", { name: "Build" }));
    await screen.findByRole("region", { name: "Progress" });
    const problem = { code: "image.exists", message: "There is an image taken already" } as const;

    engine.tell({ tasks: { upsert: [aTask({ state: "failed", problem })], remove: [] } });

    expect((await screen.findByRole("alert")).textContent).toContain("There is an image taken already");
    expect(field("Name").value).toBe("taken");
  });
});

describe("the fields of the sheet", () => {
  const wrong: [name: string, value: string, words: RegExp][] = [
    ["Name", "../etc", /Letters, digits/],
    ["Arguments", "'open", /not closed/],
    ["Environment", "NOVALUE", /Use NAME=value/],
    ["Ports", "99999", /is not a port/],
    ["Memory", "much", /A size such as/],
    ["Memory", "1 MB", /At least 8 MB/],
    ["CPUs", "0", /^CPUs: from 1 to 64/],
  ];

  test.each(wrong)("%s refuses %s at the place itself", async (name, value, words) => {
    const { engine, user } = await openReady();
    fireEvent.change(field(name), { target: { value } });

    await user.click(screen.getByRole("button", { name: /Build & run/ }));

    expect(field(name).getAttribute("aria-invalid")).toBe("true");
    expect(screen.getByText(words)).toBeDefined();
    expect(engine.inputsOf("instances.buildAndRun")).toEqual([]);
  });

  test("memory and CPUs that are both wrong are both explained, and only what is wrong is red", async () => {
    const { user } = await openReady();
    fireEvent.change(field("CPUs"), { target: { value: "0" } });
    await user.click(screen.getByRole("button", { name: /Build & run/ }));
    expect(field("Memory").getAttribute("aria-invalid")).toBe("false");

    fireEvent.change(field("Memory"), { target: { value: "much" } });

    expect(screen.getByText("A size such as 256 MB or 1 GB. CPUs: from 1 to 64.")).toBeDefined();
    expect(field("CPUs").getAttribute("aria-invalid")).toBe("true");
  });

  test("files are added by their path and given another place", async () => {
    const { engine, user } = await openReady();

    await user.click(screen.getByRole("button", { name: "By path…" }));
    await user.type(screen.getByRole("textbox", { name: /^Path of a file/ }), "/srv/site/{Enter}");
    const place = screen.getByRole("textbox", { name: "Place of /srv/site in the image" });
    await user.clear(place);
    await user.type(place, "/www");
    await user.click(screen.getByRole("button", { name: /Build & run/ }));

    await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
    expect(engine.inputsOf("instances.buildAndRun")[0]).toMatchObject({
      build: { folders: [{ host: "/srv/site", guest: "/www" }], files: [] },
    });
  });
});

describe("the sheet's JSON", () => {
  const openJson = async () => {
    const opened = await openReady();
    await opened.user.click(screen.getByRole("button", { name: "JSON" }));
    return { ...opened, text: screen.getByRole<HTMLTextAreaElement>("textbox", { name: /OPS configuration/ }) };
  };

  test("changes the fields", async () => {
    const { user, text } = await openJson();
    const config = { ...JSON.parse(text.value), Args: ["-a", "b c"], RunConfig: { Memory: "64m", Ports: ["8080-80"] } };

    fireEvent.change(text, { target: { value: JSON.stringify(config) } });
    await user.click(screen.getByRole("button", { name: "JSON" }));

    expect(field("Arguments").value).toBe("-a 'b c'");
    expect(field("Memory").value).toBe("64m");
    expect(field("Ports").value).toBe("8080:80");
  });

  test("that can't be read is told, and nothing is built from it", async () => {
    const { engine, text } = await openJson();

    fireEvent.change(text, { target: { value: '{ "Mounts": {} }' } });

    expect(screen.getByText("Mounts can't be used here.")).toBeDefined();
    expect(screen.getByRole("button", { name: /Build & run/ }).hasAttribute("disabled")).toBe(true);
    fireEvent.keyDown(text, { key: "Enter", ctrlKey: true });
    expect(engine.inputsOf("instances.buildAndRun")).toEqual([]);
  });
});

/** A file of the browser that is an ELF file: 2 is an executable, 3 a library. */
function elf(name: string, type: 2 | 3): DroppedFile {
  const bytes = makeElf(type === 2 ? {} : { type, soname: name });
  return { file: new File([Uint8Array.from(bytes)], name), relativePath: name };
}
const text = (name: string): DroppedFile => ({ file: new File(["text"], name), relativePath: name });
const guests = () => useBuild.getState().draft?.files.map(({ guest }) => guest);

describe("what is dropped on an open sheet", () => {
  const drop = (client: UnideckClient, ...files: DroppedFile[]) =>
    useBuild.getState().takeDrop(client, Promise.resolve({ files, folders: [] }));
  const libraries = [
    { name: "libc.so.6", found: true, guestPath: "/lib/x86_64-linux-gnu/libc.so.6", neededBy: ["hello"], searched: [] },
    { name: "libz.so.1", found: false, neededBy: ["hello"], searched: ["/lib/x86_64-linux-gnu/libz.so.1"] },
  ];

  test("is added to it, a library where the loader looks, under the name that is asked for", async () => {
    const findings = [{ level: "error" as const, rule: "library-missing", message: "libz.so.1 is not here" }];
    const { engine, user } = await openReady({ inspect: () => anInspection({ libraries, findings }) });
    await user.type(field("Arguments"), "-v");
    expect(screen.getByText("libz.so.1 is missing")).toBeDefined();
    expect(screen.getByRole("region", { name: "Program" }).textContent).toContain("not ready");

    await drop(engine.client, elf("libz.so.1.2.13", 3));
    await drop(engine.client, text("page.html"));

    expect(guests()).toEqual(["/lib/x86_64-linux-gnu/libz.so.1", "/page.html"]);
    expect(field("Arguments").value).toBe("-v");
    expect(screen.queryByText("libz.so.1 is missing")).toBeNull();
    expect(screen.getByText("Added by you: libz.so.1")).toBeDefined();
    expect(screen.getByRole("region", { name: "Program" }).textContent).not.toContain("not ready");
  });

  test("is added once, however often it is dropped", async () => {
    const { engine } = await openReady();

    await drop(engine.client, text("page.html"));
    await drop(engine.client, text("page.html"));

    expect(guests()).toEqual(["/page.html"]);
  });

  test("is asked about where it is another program: added, or built instead", async () => {
    const { engine, user } = await openReady();

    await drop(engine.client, elf("worker", 2));
    expect((await screen.findByRole("alert")).textContent).toContain("worker is a program, too");
    expect(guests()).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Add to the image" }));
    await waitFor(() => expect(guests()).toEqual(["/worker"]));

    await drop(engine.client, elf("other", 2));
    await user.click(await screen.findByRole("button", { name: "Build other instead" }));
    await waitFor(() => expect(guests()).toEqual([]));
    expect(engine.inputsOf("programs.inspect")).toHaveLength(2);
  });

  test("waits for the program that is being read", async () => {
    const { engine } = await open(<BuildSheet />);

    await Promise.all([drop(engine.client, elf("hello", 2)), drop(engine.client, text("page.html"))]);

    expect(engine.inputsOf("programs.inspect")).toHaveLength(1);
    expect(guests()).toEqual(["/page.html"]);
  });
});

describe("a sheet that is closed", () => {
  const close = async () => {
    useBuild.getState().close();
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  };

  test("keeps what was edited, and says so when it is opened again", async () => {
    const { user } = await openReady();
    await user.type(field("Arguments"), "-v");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());

    useBuild.getState().choose();

    await screen.findByRole("textbox", { name: "Arguments" });
    expect(field("Arguments").value).toBe("-v");
    expect(screen.getByText("This is your earlier draft")).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Discard draft" }));
    expect(await screen.findByText(/^Drop a Linux program on the window/)).toBeDefined();
  });

  test("keeps nothing where nothing was edited", async () => {
    await openReady();
    await close();

    useBuild.getState().choose();

    expect(await screen.findByText(/^Drop a Linux program on the window/)).toBeDefined();
  });

  test("does not show its empty state while it goes", async () => {
    await openReady();

    useBuild.getState().close();

    expect(useBuild.getState()).toMatchObject({ open: false, stage: "ready", title: "hello" });
    expect(screen.queryByText(/^Drop a Linux program on the window/)).toBeNull();
  });
});

describe("a program that was built before", () => {
  const image = anImage({ name: "hello", build: aBuild({ program: "/home/me/hello", arguments: ["-p", "80"] }) });
  const running = aRunning({ id: "i7", name: "hello", image: "hello", memoryBytes: 2 ** 29 });

  test("replaces the running instance unless somebody chooses otherwise", async () => {
    const { engine, user } = await openReady({ images: [image], instances: [running] });

    expect(screen.getByRole<HTMLInputElement>("radio", { name: /^Replace running instance/ }).checked).toBe(true);
    expect(field("Arguments").value).toBe("-p 80");
    expect(field("Ports").value).toBe("8080");
    await user.click(screen.getByRole("button", { name: /Replace & run/ }));

    await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
    expect(engine.inputsOf("instances.buildAndRun")).toMatchObject([
      { replace: "i7", build: { name: "hello", force: true }, spec: { memoryBytes: 2 ** 29 } },
    ]);
    expect(engine.inputsOf("instances.checkPorts")).toContainEqual(expect.objectContaining({ replace: "i7" }));
  });

  test("is built beside it under a name that both image and instance get", async () => {
    const taken = anInstance({ id: "i8", name: "hello-2", image: "other" });
    const { engine, user } = await openReady({ images: [image], instances: [running, taken] });

    await user.click(screen.getByRole("radio", { name: /^Keep both/ }));
    await user.click(screen.getByRole("button", { name: /Build & run/ }));

    await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
    expect(engine.inputsOf("instances.buildAndRun")[0]).toMatchObject({
      build: { name: "hello-3", force: false },
      replace: undefined,
    });
  });

  test("is not meant by another one of the same name in another folder", async () => {
    await openReady({
      images: [anImage({ name: "hello", build: aBuild({ program: "/srv/hello" }) })],
      instances: [running],
    });

    expect(screen.queryByRole("radio")).toBeNull();
  });
});

describe("a host port that is in use", () => {
  const forward = { hostAddress: "127.0.0.1", host: 8080, guest: 80, protocol: "tcp" as const };
  const busy = {
    forward,
    free: 8081,
    problem: { code: "port.busy" as const, message: "Port 8080 is in use by the instance go-web" },
    holder: { id: "i1", name: "go-web" },
  };
  const conflicts = (ports: readonly PortForward[]) => (ports.some(({ host }) => host === 8080) ? [busy] : []);

  test("is marked before anything is built; the next free one is one click away", async () => {
    const { engine, user } = await openReady({ conflicts });
    await user.type(field("Ports"), "8080:80");
    await screen.findByText("Port 8080 is in use by the instance go-web.");
    expect(field("Ports").getAttribute("aria-invalid")).toBe("true");
    await user.click(screen.getByRole("button", { name: /Build & run/ }));
    expect(engine.inputsOf("instances.buildAndRun")).toEqual([]);

    await user.click(screen.getByRole("button", { name: "Use 8081" }));

    await waitFor(() => expect(field("Ports").getAttribute("aria-invalid")).toBe("false"));
    await user.click(screen.getByRole("button", { name: /Build & run/ }));
    await waitFor(() => expect(engine.inputsOf("instances.buildAndRun")).toHaveLength(1));
    expect(engine.inputsOf("instances.buildAndRun")[0]).toMatchObject({
      spec: { ports: [{ host: 8081, guest: 80 }] },
    });
  });

  test("is free when the instance that holds it was stopped", async () => {
    let isStopped = false;
    const { engine, user } = await openReady({
      instances: [aRunning({ name: "go-web" })],
      conflicts: (ports) => (isStopped ? [] : conflicts(ports)),
    });
    await user.type(field("Ports"), "8080:80");

    await user.click(await screen.findByRole("button", { name: "Stop go-web" }));
    expect(engine.inputsOf("instances.stop")).toEqual([{ id: "i1" }]);
    isStopped = true;
    engine.become("i1", () => ({ state: "exited" }));

    await waitFor(() => expect(field("Ports").getAttribute("aria-invalid")).toBe("false"));
  });
});

describe("an interpreter", () => {
  const folder = { host: "/usr/lib/python3.11", guest: "/usr/lib/python3.11" };
  const companion = { title: "Python 3.11's standard library", folders: [folder], sizeBytes: 38 * 2 ** 20 };

  test("is offered what belongs to it, in one click", async () => {
    const { user } = await openReady({ runtime: () => ({ companion }) });

    await user.click(await screen.findByRole("button", { name: "Add Python 3.11's standard library (38 MB)" }));

    expect(useBuild.getState().draft?.files).toMatchObject([{ kind: "folder", ...folder }]);
    expect(screen.queryByRole("button", { name: /^Add Python/ })).toBeNull();
  });

  test("is offered what it uses besides, which it does without", async () => {
    const offer = { title: "Debian's Python packages", folders: [{ host: "/d", guest: "/d" }], sizeBytes: 2 ** 20 };
    const { user } = await openReady({ runtime: () => ({ offers: [offer] }) });

    expect(await screen.findByText(/uses Debian's Python packages where they are added/)).toBeDefined();
    await user.click(screen.getByRole("button", { name: /^Add Debian's Python packages/ }));

    expect(guests()).toEqual(["/d"]);
    expect(screen.queryByRole("button", { name: /^Add Debian/ })).toBeNull();
  });

  test("is offered for a script, and the sheet says what it guessed", async () => {
    const { user } = await openWith(
      {
        inspect: (path) => {
          if (path.endsWith(".py")) throw new Problem("elf.not-elf", "app.py is not a program");
          return anInspection();
        },
        runtime: () => ({ interpreter: { name: "python3.11", path: "/usr/bin/python3.11" } }),
        openConfiguration: (path) => ({
          path,
          program: "/usr/bin/python3.11",
          build: {
            ...BuildSpec.omit({ program: true }).parse({}),
            arguments: ["/app.py"],
            files: [{ host: path, guest: "/app.py" }],
            folders: [folder],
          },
          run: {},
          guess: { title: "app.py is run by python3.11", sentence: "The script is added as /app.py.", offers: [] },
          kept: {},
          warnings: [],
        }),
      },
      "/home/me/app.py",
    );

    await user.click(await screen.findByRole("button", { name: "Run with python3.11" }));

    await screen.findByRole("textbox", { name: "Arguments" });
    await waitFor(() => expect(field("Arguments").value).toBe("/app.py"));
    expect(guests()).toEqual(["/app.py", "/usr/lib/python3.11"]);
    expect(screen.getByText(/The script is added as \/app.py/)).toBeDefined();
  });

  test("that is not on this machine is named", async () => {
    await openWith(
      {
        inspect: () => {
          throw new Problem("elf.not-elf", "app.rb is not a program");
        },
        runtime: () => ({ missing: "ruby" }),
      },
      "/home/me/app.rb",
    );

    expect(await screen.findByText("app.rb is a script for ruby")).toBeDefined();
  });
});
