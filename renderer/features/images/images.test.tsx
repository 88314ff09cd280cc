// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { Toaster } from "sonner";
import { describe, expect, test, vi } from "vitest";
import type { BuildRecord } from "../../../shared/contract/images.ts";
import { Problem } from "../../../shared/problem.ts";
import { useRun } from "../../model/draft/run-session.ts";
import type { FakeWorld } from "../../test/fake-world.ts";
import { anImage, aTask } from "../../test/samples.ts";
import { open, openUnconnected, pageOf } from "../../test/window.tsx";

const Images = pageOf("images");

const build: BuildRecord = {
  version: 2,
  builtAt: "2026-11-23T22:47:00.000Z",
  spec: {
    program: "/srv/web",
    arguments: [],
    environment: {},
    files: [],
    folders: [],
    klibs: [],
    ports: [],
    force: false,
  },
  program: { path: "/srv/web", sizeBytes: 1, modifiedAt: "2026-11-23T22:47:00.000Z", sha256: "a".repeat(64) },
  kernel: { kind: "pith", version: "0.1", sha256: "b".repeat(64) },
  image: { sizeBytes: 1, uuid: "u" },
};

describe("the list of images", () => {
  test("says that it is loading until the engine has answered", () => {
    openUnconnected(<Images />);

    expect(screen.getByText("Loading…")).toBeDefined();
  });

  test("says how to make the first", async () => {
    await open(<Images />);

    expect(await screen.findByText(/Drop a Linux program on the window/)).toBeDefined();
    expect(screen.queryByText(/Choose an image/)).toBeNull();
  });

  test("tells why an image can't be read, and does not offer to run it", async () => {
    const { user } = await open(<Images />, { images: [anImage({ damage: "the superblock is damaged" })] });

    await user.click(await screen.findByRole("option", { name: /the superblock is damaged/ }));

    expect(await screen.findByText("Cannot read this image")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Run" })).toBeNull();
  });

  test("of a thousand has only those in the page that can be seen", async () => {
    const images = Array.from({ length: 1000 }, (_, n) => anImage({ name: `image-${n}` }));

    await open(<Images />, { images });

    await screen.findByRole("listbox", { name: "Images" });
    expect(screen.getAllByRole("option").length).toBeLessThan(50);
  });
});

describe("an image", () => {
  const openOne = async (change: Partial<ReturnType<typeof anImage>> = {}, world: Partial<FakeWorld> = {}) => {
    const opened = await open(
      <>
        <Images />
        <Toaster />
      </>,
      { images: [anImage(change)], ...world },
    );
    await opened.user.click(await screen.findByRole("option", { name: /go-web/ }));
    return opened;
  };

  test("is described by what is in it", async () => {
    await openOne();

    const detail = screen.getByRole("region", { name: "Image go-web" });
    expect(detail.textContent).toContain("Pith 0.1");
    expect(detail.textContent).toContain("7.1 MB on disk, 20 MB apparent");
    expect(detail.textContent).toContain("go-web -addr :8080");
    expect(detail.textContent).toContain("GREETING=hello");
  });

  test("whose program has changed says so, and is built again as it was built", async () => {
    const { engine, user } = await openOne({ programState: "changed", build });

    expect(screen.getByRole("note").textContent).toContain("The program has changed since");
    await user.click(screen.getByRole("button", { name: "Rebuild" }));

    await waitFor(() =>
      expect(engine.inputsOf("images.build")[0]).toMatchObject({ program: "/srv/web", name: "go-web", force: true }),
    );
  });

  test("is run by a sheet that asks how", async () => {
    const { engine, user } = await openOne();

    await user.click(screen.getByRole("button", { name: "Run" }));

    expect(useRun.getState()).toMatchObject({ open: true, image: { name: "go-web" } });
    expect(engine.inputsOf("instances.create")).toEqual([]);
  });

  test("is deleted only after a question that names what is lost", async () => {
    const { engine, user } = await openOne();
    await user.click(screen.getByRole("button", { name: "More actions for go-web" }));
    await user.click(await screen.findByRole("menuitem", { name: /Delete/ }));

    const question = await screen.findByRole("alertdialog", { name: "Delete go-web?" });
    expect(question.textContent).toContain("The image file is deleted.");
    await user.click(screen.getByRole("button", { name: "Delete" }));

    await waitFor(() => expect(engine.inputsOf("images.remove")).toEqual([{ name: "go-web" }]));
  });

  test("tells what it is made of, and why where that can't be told", async () => {
    const root = { uuid: "u-1", label: "", sizeBytes: 2 ** 22, freeBytes: 2 ** 20, logBytes: 2 ** 19 };
    const { engine } = await openOne(
      {},
      {
        show: () => ({
          image: "go-web",
          path: "/home/me/.ops/images/go-web",
          sizeBytes: 2 ** 24,
          layout: "uefi",
          architecture: "x86-64",
          klibs: ["ntp", "tls"],
          kernel: { kind: "pith", version: "0.1", path: "/kernel", sizeBytes: 4096, sha256: "c".repeat(64) },
          root: { ...root, files: 12, directories: 1, links: 0, contentBytes: 2 ** 21 },
          libraries: ["/lib/libc.so.6"],
          manifest: {},
        }),
      },
    );

    const detail = screen.getByRole("region", { name: "Image go-web" });
    await waitFor(() => expect(detail.textContent).toContain("12 files, 1 folder, 0 links, 2 MB"));
    expect(detail.textContent).toContain("c".repeat(64));
    expect(detail.textContent).toContain("ntp, tls");
    expect(detail.textContent).toContain("UEFI");
    expect(detail.textContent).toContain("/lib/libc.so.6");

    engine.world.show = () => {
      throw new Problem("image.damaged", "go-web is damaged: the log has no end");
    };
    engine.tell({ images: { upsert: [anImage({ createdAt: "2026-11-24T00:00:00.000Z" })], remove: [] } });

    expect((await screen.findByRole("alert")).textContent).toContain("the log has no end");
  });

  test("is checked, and what is wrong is told in words", async () => {
    const { user } = await openOne(
      {},
      {
        check: () => [
          { level: "error", part: "program", message: "/app needs the library libz.so, which is not in the image" },
          { level: "note", part: "disk", message: "A kernel has run from this disk and ended with 3", hint: "Look." },
        ],
      },
    );

    await user.click(screen.getByRole("button", { name: "Check" }));

    const list = await screen.findByRole("list", { name: "Results of the check" });
    expect(list.textContent).toContain(
      "/app needs the library libz.so, which is not in the imagewrong, in the program",
    );
    expect(list.textContent).toContain("note, in the disk. Look.");
  });

  test("has a digest on demand, and a bill of materials that can be saved", async () => {
    const saved: { name: string; blob: Blob }[] = [];
    let made = new Blob();
    URL.createObjectURL = (blob) => {
      if (blob instanceof Blob) made = blob;
      return "blob:1";
    };
    URL.revokeObjectURL = () => {};
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      saved.push({ name: this.download, blob: made });
    });
    const { user } = await openOne(
      {},
      {
        digest: () => "d".repeat(64),
        sbom: () => ({ bomFormat: "CycloneDX", specVersion: "1.6", components: [] }),
      },
    );

    await user.click(screen.getByRole("button", { name: "Digest" }));
    expect(await screen.findByText("d".repeat(64))).toBeDefined();
    await user.click(screen.getByRole("button", { name: "Save SBOM" }));

    await waitFor(() => expect(saved.map(({ name }) => name)).toEqual(["go-web.cdx.json"]));
    expect(JSON.parse((await saved[0]?.blob.text()) ?? "")).toMatchObject({ bomFormat: "CycloneDX" });
  });

  test("shows its files in a tab, which is remembered", async () => {
    const { user } = await openOne({}, { files: () => [{ path: "/hello", type: "file", sizeBytes: 12 }] });

    await user.click(screen.getByRole("tab", { name: "Files" }));

    expect(await screen.findByRole("treeitem", { name: /hello/ })).toBeDefined();
    expect(localStorage.getItem("unideck.view")).toContain('"imageTab":"files"');
  });

  test("is exported to a place in a format, with progress", async () => {
    const task = aTask({ title: "Export go-web as vhd", phase: "Writing" });
    const { engine, user } = await openOne({}, { build: () => task });
    await user.click(screen.getByRole("button", { name: "More actions for go-web" }));
    await user.click(await screen.findByRole("menuitem", { name: "Export…" }));
    const dialog = await screen.findByRole("dialog", { name: "Export go-web" });

    await user.click(within(dialog).getByRole("combobox", { name: "Format" }));
    await user.click(await screen.findByRole("option", { name: "Fixed VHD: Azure" }));
    await user.type(within(dialog).getByRole("textbox", { name: "To" }), "/tmp/web.vhd");
    await user.click(within(dialog).getByRole("button", { name: "Export" }));

    await waitFor(() =>
      expect(engine.inputsOf("images.export")).toEqual([
        { image: "go-web", format: "vhd", out: "/tmp/web.vhd", force: false },
      ]),
    );
    expect((await within(dialog).findByRole("status")).textContent).toContain("Writing");
  });
});
