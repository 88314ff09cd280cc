// @vitest-environment jsdom
import { screen, waitFor } from "@testing-library/react";
import { Toaster } from "sonner";
import { describe, expect, test } from "vitest";
import type { BuildRecord } from "../../../shared/contract/images.ts";
import { anImage } from "../../test/samples.ts";
import { open, openUnconnected } from "../../test/window.tsx";
import { ImagesScreen } from "./screen.tsx";

const build: BuildRecord = {
  version: 1,
  builtAt: "2026-11-23T22:47:00.000Z",
  wishes: {
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
    openUnconnected(<ImagesScreen />);

    expect(screen.getByText("Loading…")).toBeDefined();
  });

  test("says how to make the first", async () => {
    await open(<ImagesScreen />);

    expect(await screen.findByText(/Drop a Linux program on the window/)).toBeDefined();
  });

  test("tells why an image can't be read, and does not offer to run it", async () => {
    const { user } = await open(<ImagesScreen />, { images: [anImage({ damage: "the superblock is damaged" })] });

    await user.click(await screen.findByRole("option", { name: /the superblock is damaged/ }));

    expect(await screen.findByText("This image can't be read")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Run" })).toBeNull();
  });

  test("of a thousand has only those in the page that can be seen", async () => {
    const images = Array.from({ length: 1000 }, (_, n) => anImage({ name: `image-${n}` }));

    await open(<ImagesScreen />, { images });

    await screen.findByRole("listbox", { name: "Images" });
    expect(screen.getAllByRole("option").length).toBeLessThan(50);
  });
});

describe("an image", () => {
  const openOne = async (change: Partial<ReturnType<typeof anImage>> = {}) => {
    const opened = await open(
      <>
        <ImagesScreen />
        <Toaster />
      </>,
      { images: [anImage(change)] },
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

  test("that can't be run says why", async () => {
    const { user } = await openOne();

    await user.click(screen.getByRole("button", { name: "Run" }));

    expect(await screen.findByText("QEMU is not installed")).toBeDefined();
    expect(screen.getByText("Install qemu-system-x86.")).toBeDefined();
  });

  test("is deleted only after a question that names what is lost", async () => {
    const { engine, user } = await openOne();
    await user.click(screen.getByRole("button", { name: "More actions for go-web" }));
    await user.click(await screen.findByRole("menuitem", { name: /Delete/ }));

    const question = await screen.findByRole("alertdialog", { name: "Delete go-web?" });
    expect(question.textContent).toContain("The image file is lost.");
    await user.click(screen.getByRole("button", { name: "Delete" }));

    await waitFor(() => expect(engine.inputsOf("images.remove")).toEqual([{ name: "go-web" }]));
  });
});
