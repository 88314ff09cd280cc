// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { DropTarget } from "../../app/drop-target.tsx";
import { useBuild } from "../../model/draft/session.ts";
import { aNanos, aTask, pith } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { SettingsScreen } from "./screen.tsx";

const kernels = [pith, aNanos()];
const catalogue = {
  address: "https://releases.test/",
  releases: [
    { id: "nightly", isNewest: false, isInstalled: false },
    { id: "0.1.55", isNewest: true, isInstalled: false },
    { id: "0.1.54", isNewest: false, isInstalled: true, sha256: "54".repeat(32) },
  ],
};

const installed = (name: string) => within(screen.getByRole("listitem", { name }));
const button = (name: string) => screen.getByRole("button", { name });

describe("installed kernels", () => {
  test("are listed with what they are, their klibs and where they came from", async () => {
    await open(<SettingsScreen />, { kernels });

    expect(installed("Pith 0.1").getByText("default")).toBeDefined();
    expect(installed("Nanos 0.1.54").getByText("x86-64 · 2.7 MB · 3 klibs")).toBeDefined();
    expect(installed("Nanos 0.1.54").getByText("ntp, syslog, tls")).toBeDefined();
    expect(installed("Nanos 0.1.54").getByText("54".repeat(32))).toBeDefined();
    expect(installed("Pith 0.1").queryByRole("button", { name: "Remove…" })).toBeNull();
  });

  test("one of them is made the default", async () => {
    const { engine, user } = await open(<SettingsScreen />, { kernels });

    await user.click(installed("Nanos 0.1.54").getByRole("button", { name: "Set as default" }));

    expect(engine.inputsOf("kernels.setDefault")).toEqual([{ id: "0.1.54" }]);
    await waitFor(() => expect(installed("Nanos 0.1.54").getByText("default")).toBeDefined());
  });

  test("are removed after a question", async () => {
    const { engine, user } = await open(<SettingsScreen />, { kernels });

    await user.click(installed("Nanos 0.1.54").getByRole("button", { name: "Remove…" }));
    expect(engine.inputsOf("kernels.remove")).toEqual([]);
    await user.click(within(screen.getByRole("alertdialog")).getByRole("button", { name: "Remove" }));

    await waitFor(() => expect(screen.queryByRole("listitem", { name: "Nanos 0.1.54" })).toBeNull());
    expect(engine.inputsOf("kernels.remove")).toEqual([{ id: "0.1.54" }]);
  });

  test("a default that is not there is told", async () => {
    const settings = { ...defaultSettings, kernels: { ...defaultSettings.kernels, default: "0.1.1" } };

    await open(<SettingsScreen />, { kernels, settings });

    expect(screen.getByText("New images get the kernel 0.1.1, which is not installed")).toBeDefined();
  });
});

describe("releases to be had", () => {
  test("are looked up when asked for, and downloaded with a number and a cancel", async () => {
    const { engine, user } = await open(<SettingsScreen />, { kernels, catalogue });
    expect(engine.inputsOf("kernels.available")).toEqual([]);

    await user.click(button("Check for Nanos releases"));
    const offered = within(await screen.findByRole("list", { name: "Releases to download" }));
    const newest = within(offered.getByRole("listitem", { name: "Nanos 0.1.55" }));
    expect(newest.getByText("newest")).toBeDefined();
    const here = within(offered.getByRole("listitem", { name: "Nanos 0.1.54" }));
    expect(here.getByText("installed")).toBeDefined();
    expect(here.queryByRole("button")).toBeNull();
    await user.click(newest.getByRole("button", { name: "Download" }));

    const task = within(await screen.findByRole("region", { name: "download 0.1.55" }));
    expect(engine.inputsOf("kernels.download")).toEqual([{ version: "0.1.55" }]);
    expect(task.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("25");
    expect(newest.getByRole("button", { name: "Download" })).toHaveProperty("disabled", true);
    await user.click(task.getByRole("button", { name: "Cancel" }));
    expect(engine.inputsOf("tasks.cancel")).toEqual([{ id: "download-0.1.55" }]);
  });

  test("any other version is downloaded by its number", async () => {
    const { engine, user } = await open(<SettingsScreen />, { kernels, catalogue });
    await user.click(button("Check for Nanos releases"));

    await user.type(await screen.findByRole("textbox", { name: "Other version" }), "0.1.50{Enter}");

    await waitFor(() => expect(engine.inputsOf("kernels.download")).toEqual([{ version: "0.1.50" }]));
  });

  test("without a network say so, and show what is known", async () => {
    const problem = {
      code: "download.unreachable" as const,
      message: "releases.test can't be reached",
      hint: "Check the network.",
    };
    const { user } = await open(<SettingsScreen />, { kernels, catalogue: { ...catalogue, problem } });

    await user.click(button("Check for Nanos releases"));

    expect((await screen.findByRole("alert")).textContent).toContain("releases.test can't be reached");
    expect(screen.getByRole("listitem", { name: "Nanos nightly" })).toBeDefined();
  });

  test("a download that failed is shown with its reason, and tried again", async () => {
    const failed = aTask({
      ...{ id: "t7", kind: "download", title: "Download Nanos 0.1.54", subject: "kernel:0.1.54", state: "failed" },
      problem: { code: "download.changed", message: "Nanos 0.1.54 is not what it was", hint: "Nothing was installed." },
    });
    const { engine, user } = await open(<SettingsScreen />, { kernels: [pith], tasks: [failed] });

    expect(screen.getByRole("alert").textContent).toContain("Nanos 0.1.54 is not what it was");
    await user.click(button("Try again"));

    expect(engine.inputsOf("tasks.retry")).toEqual([{ id: "t7" }]);
  });

  test("their site's address is a setting, and has to be one", async () => {
    const { engine, user } = await open(<SettingsScreen />, { kernels });
    const field = screen.getByRole("textbox", { name: "Release site" });

    await user.clear(field);
    await user.type(field, "ftp://mirror{Enter}");
    expect(screen.getByText("Must begin with https:// or http://.")).toBeDefined();
    await user.clear(field);
    await user.type(field, "https://mirror.test/nanos/{Enter}");

    await waitFor(() =>
      expect(engine.inputsOf("settings.change")).toEqual([
        { kernels: { releaseAddress: "https://mirror.test/nanos/" } },
      ]),
    );
  });
});

describe("an archive that is dropped on the window", () => {
  const drop = (file: File) => {
    const dataTransfer = { types: ["Files"], files: [file], items: [] };
    fireEvent(window, Object.assign(new Event("drop", { bubbles: true, cancelable: true }), { dataTransfer }));
  };

  test("is imported, its bytes handed over, once its version is asked for", async () => {
    const { engine, user } = await open(<DropTarget />, { kernels });

    drop(new File(["bytes"], "mine.tar.gz"));
    const dialog = within(await screen.findByRole("dialog", { name: "Import a kernel release" }));
    await user.type(dialog.getByRole("textbox", { name: "Version" }), "0.2.0");
    await user.click(dialog.getByRole("button", { name: "Import" }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(engine.inputsOf("kernels.import")).toEqual([{ path: "/staging/s1/mine.tar.gz", version: "0.2.0" }]);
    expect(Buffer.concat(engine.world.staged.s1?.bytes ?? []).toString()).toBe("bytes");
  });

  test("can be let go of", async () => {
    const { engine, user } = await open(<DropTarget />, { kernels });

    drop(new File(["bytes"], "0.1.54.tgz"));
    await user.click(await screen.findByRole("button", { name: "Cancel" }));

    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(engine.inputsOf("kernels.import")).toEqual([]);
  });

  test("is no kernel where a program is on the sheet that it can be added to", async () => {
    await open(<DropTarget />, { kernels });
    useBuild.setState({ open: true, stage: "ready" });

    drop(new File(["bytes"], "data.tar.gz"));

    expect(screen.queryByRole("dialog", { name: "Import a kernel release" })).toBeNull();
  });
});
