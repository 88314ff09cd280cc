// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import type { ImageEntry } from "../../../shared/contract/image-contents.ts";
import { Problem } from "../../../shared/problem.ts";
import type { FakeWorld } from "../../test/fake-world.ts";
import { aTask } from "../../test/samples.ts";
import { open, openUnconnected } from "../../test/window.tsx";
import { FilesPane } from "./files-pane.tsx";

const folder = (path: string, sizeBytes = 0, entries = 1): ImageEntry => ({
  path,
  type: "directory",
  sizeBytes,
  entries,
});
const file = (path: string, sizeBytes = 10): ImageEntry => ({ path, type: "file", sizeBytes });

const tree: Record<string, ImageEntry[]> = {
  "/": [folder("/app", 5000, 2), folder("/etc", 20), file("/hello", 12), folder("/usr", 90_000)],
  "/app": [file("/app/server.js", 4000), { ...file("/app/a.json", 1000), modifiedAt: "2025-11-12T10:00:00.000Z" }],
  "/etc": [{ path: "/etc/mtab", type: "link", sizeBytes: 0, target: "/proc/mounts" }],
  "/usr": [folder("/usr/bin", 90_000)],
  "/usr/bin": [file("/usr/bin/node", 90_000)],
};

const base64 = (content: string | Uint8Array) => Buffer.from(content).toString("base64");
const files: FakeWorld["files"] = (_, path) => tree[path] ?? [];
const row = (name: RegExp) => screen.findByRole("treeitem", { name });
const rowNames = () => screen.getAllByRole("treeitem").map(({ textContent }) => textContent);

async function openFiles(world: Partial<FakeWorld> = {}) {
  const opened = await open(<FilesPane source={{ image: "web" }} name="web" />, { files, ...world });
  await screen.findByRole("tree", { name: "Files of web" });
  return opened;
}

describe("the files of a disk", () => {
  test("are on their way until the engine has answered", () => {
    openUnconnected(<FilesPane source={{ image: "web" }} name="web" />, { files });

    expect(screen.getByText("Loading…")).toBeDefined();
  });

  test("are none in an empty one", async () => {
    await open(<FilesPane source={{ image: "web" }} name="web" />);

    expect(await screen.findByText("No files")).toBeDefined();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Copy out…" }).disabled).toBe(true);
  });

  test("that can't be read say why, and are read again", async () => {
    let isDamaged = true;
    const { user } = await open(<FilesPane source={{ image: "web" }} name="web" />, {
      files: (image, path, recursive) => {
        if (isDamaged) throw new Problem("image.damaged", "web is damaged: the log has no end", { hint: "Build it." });
        return files(image, path, recursive);
      },
    });
    expect((await screen.findAllByRole("alert"))[0]?.textContent).toContain("the log has no end");

    isDamaged = false;
    await user.click(screen.getByRole("button", { name: "Try again" }));

    expect(await row(/hello/)).toBeDefined();
  });

  test("of a hundred thousand has only those in the page that can be seen, and says how many are left out", async () => {
    const many = Array.from({ length: 100_000 }, (_, n) => file(`/f${String(n).padStart(6, "0")}`));

    await openFiles({ files: () => many });

    await waitFor(() => expect(screen.getByRole("status").textContent).toContain("50000 entries"));
    expect(screen.getAllByRole("treeitem").length).toBeLessThan(80);
    fireEvent.keyDown(screen.getByRole("tree"), { key: "End" });
    expect(screen.getByRole("status").textContent).toBe("/f049999");
  });

  test("on an instance's disk are asked for by the instance", async () => {
    const { engine } = await open(<FilesPane source={{ instance: "i1" }} name="web-1" />, { files });

    await row(/hello/);

    expect(engine.inputsOf("imageContents.files")[0]).toMatchObject({ image: "instance:i1", path: "/" });
  });
});

describe("the tree", () => {
  test("has folders first, with sizes, and can be sorted by them", async () => {
    const { user } = await openFiles();
    expect(rowNames()).toEqual(["app4.9 KB", "etc20 B", "usr88 KB", "hello12 B"]);

    await user.click(screen.getByRole("button", { name: "Size" }));

    expect(rowNames()).toEqual(["usr88 KB", "app4.9 KB", "etc20 B", "hello12 B"]);
  });

  test("offers on a right click what can be done with the row under the pointer", async () => {
    const { user } = await openFiles();
    const items = () => screen.getAllByRole("menuitem").map(({ textContent }) => textContent);

    fireEvent.contextMenu(await row(/app/));
    await screen.findByRole("menu");
    expect(items()).toEqual(["Expand", "Copy out…", "Copy path"]);
    await user.click(screen.getByRole("menuitem", { name: "Copy out…" }));

    expect(await screen.findByRole("dialog", { name: "Copy /app out" })).toBeDefined();
  });

  test("is walked with the keys of a tree", async () => {
    const { user } = await openFiles();
    const at = () => screen.getByRole("treeitem", { selected: true }).textContent;
    screen.getByRole("tree").focus();

    await user.keyboard("{ArrowDown}");
    expect(at()).toContain("app");
    await user.keyboard("{ArrowRight}");
    const server = await row(/server\.js/);
    expect(server.getAttribute("aria-level")).toBe("2");
    expect(server.getAttribute("aria-posinset")).toBe("1");
    expect(server.getAttribute("aria-setsize")).toBe("2");
    await user.keyboard("{ArrowRight}");
    expect(at()).toContain("server.js");
    await user.keyboard("{ArrowLeft}");
    expect(at()).toContain("app");
    await user.keyboard("{ArrowLeft}");
    expect(screen.queryByRole("treeitem", { name: /server/ })).toBeNull();
    await user.keyboard("us");
    expect(at()).toContain("usr");
    await user.keyboard("{Enter}");
    expect(await row(/bin/)).toBeDefined();
    await user.keyboard("{End}");
    expect(at()).toContain("hello");
    await user.keyboard("{Home}{ArrowUp}");
    expect(at()).toContain("app");
  });

  test("asks for a folder once, and shows where links lead", async () => {
    const { engine, user } = await openFiles();

    await user.dblClick(await row(/etc/));
    expect((await row(/mtab/)).textContent).toContain("→ /proc/mounts");
    await user.dblClick(await row(/etc/));
    await user.dblClick(await row(/etc/));

    await row(/mtab/);
    const asked = engine.inputsOf("imageContents.files").filter((input) => JSON.stringify(input).includes("/etc"));
    expect(asked.length).toBe(1);
  });

  test("says what is damaged, and that a folder is empty", async () => {
    const { user } = await openFiles({
      files: (_, path) =>
        path === "/" ? [folder("/empty"), { ...file("/bad"), damage: "two extents of a file overlap" }] : [],
    });

    await user.dblClick(await row(/empty/));

    expect(await screen.findByText("Empty folder.")).toBeDefined();
    expect((await row(/bad/)).textContent).toContain("two extents of a file overlap");
  });
});

describe("a look into a file", () => {
  const look = async (contents: string | Uint8Array, entry = file("/hello", contents.length)) => {
    const opened = await openFiles({ files: () => [entry], contents: () => base64(contents) });
    await opened.user.click(await row(/hello/));
    return { ...opened, preview: await screen.findByRole("region", { name: "Preview of /hello" }) };
  };

  test("shows text as text, and its bytes on demand", async () => {
    const { user, preview } = await look("hello, world\n");
    expect(await within(preview).findByText("hello, world")).toBeDefined();

    await user.click(within(preview).getByRole("button", { name: "Hex" }));

    expect(preview.textContent).toContain("00000000  68 65 6c 6c 6f 2c 20 77");
  });

  test("shows what is no text as numbers, and only its beginning, bounded", async () => {
    const { engine, user, preview } = await look(new Uint8Array(400 * 1024));
    await waitFor(() => expect(preview.textContent).toContain("00000010  00 00"));
    expect(preview.textContent).toContain("The first 64 KB.");

    for (const expected of ["128 KB", "192 KB", "256 KB"]) {
      await user.click(within(preview).getByRole("button", { name: "Show more" }));
      await waitFor(() => expect(preview.textContent).toContain(`The first ${expected}.`));
    }

    expect(within(preview).queryByRole("button", { name: "Show more" })).toBeNull();
    expect(engine.inputsOf("imageContents.read").at(-1)).toMatchObject({ from: 0, lengthBytes: 256 * 1024 });
  });

  test("says that a file is empty, and why one can't be read", async () => {
    const { preview } = await look("");

    expect(await within(preview).findByText("The file is empty.")).toBeDefined();
  });

  test("tells why a link leads to nothing", async () => {
    const { user } = await openFiles({
      contents: () => {
        throw new Problem("file.not-found", "There is no /etc/mtab in web");
      },
    });
    await user.dblClick(await row(/etc/));
    await user.click(await row(/mtab/));

    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("There is no /etc/mtab in web");
  });

  test("saves the whole file under its name", async () => {
    const blobs: Blob[] = [];
    URL.createObjectURL = (blob) => String(blobs.push(blob instanceof Blob ? blob : new Blob()));
    URL.revokeObjectURL = () => {};
    const saved: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download);
    });
    const { user, preview } = await look("hello, world\n");

    await user.click(within(preview).getByRole("button", { name: "Save hello" }));

    await waitFor(() => expect(saved).toEqual(["hello"]));
    expect(await blobs[0]?.text()).toBe("hello, world\n");
  });
});

describe("disk usage", () => {
  test("is told by areas, each of which leads to its place in the tree", async () => {
    const { user } = await openFiles({
      space: () => [
        { path: "/usr/bin/node", type: "file", sizeBytes: 90_000, files: 1 },
        { path: "/app", type: "directory", sizeBytes: 5000, files: 2 },
      ],
    });
    const map = await screen.findByRole("list", { name: "Disk usage" });
    expect(within(map).getByRole("button", { name: "/app, 4.9 KB · 2 files" })).toBeDefined();

    await user.click(within(map).getByRole("button", { name: "/usr/bin/node, 88 KB" }));

    await waitFor(() => expect(screen.getByRole("treeitem", { selected: true }).textContent).toContain("node"));
  });
});

describe("a copy out of a disk", () => {
  test("asks where to, and tells how it goes", async () => {
    const task = aTask({ id: "t9", kind: "copy", title: "Copy /app out of web", phase: "Copying" });
    const { engine, user } = await openFiles({ build: () => task });
    await user.click(await row(/app/));
    await user.click(screen.getByRole("button", { name: "Copy out…" }));
    const dialog = await screen.findByRole("dialog", { name: "Copy /app out" });
    expect(within(dialog).getByRole<HTMLButtonElement>("button", { name: "Copy" }).disabled).toBe(true);

    await user.type(within(dialog).getByRole("textbox", { name: "To" }), "/tmp/out");
    await user.click(within(dialog).getByRole("checkbox"));
    await user.click(within(dialog).getByRole("button", { name: "Copy" }));

    expect((await within(dialog).findByRole("status")).textContent).toContain("Copying 3 MB of 12 MB");
    expect(engine.inputsOf("imageContents.copyOut")).toEqual([
      { image: "web", partition: "root", paths: ["/app"], to: "/tmp/out", force: true },
    ]);
    engine.tell({ tasks: { upsert: [{ ...task, state: "done", result: { path: "/tmp/out/app" } }], remove: [] } });
    expect(await within(dialog).findByText("It is at /tmp/out/app")).toBeDefined();
  });

  test("that fails says why, and can be tried again", async () => {
    const task = aTask({
      state: "failed",
      problem: { code: "file.exists", message: "/tmp/out/app is there already", hint: "Replace it." },
    });
    const { user } = await openFiles({ build: () => task });
    await user.click(screen.getByRole("button", { name: "Copy out…" }));
    const dialog = await screen.findByRole("dialog", { name: "Copy everything out" });

    await user.type(within(dialog).getByRole("textbox", { name: "To" }), "/tmp/out{Enter}");

    expect((await within(dialog).findByRole("alert")).textContent).toContain("/tmp/out/app is there already");
    expect(within(dialog).getByRole<HTMLButtonElement>("button", { name: "Copy" }).disabled).toBe(false);
  });
});
