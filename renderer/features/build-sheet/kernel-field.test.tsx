// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { useBuild } from "../../model/draft/session.ts";
import type { FakeWorld } from "../../test/fake-world.ts";
import { aNanos, pith } from "../../test/samples.ts";
import { choicesOf, chooseFrom, open } from "../../test/window.tsx";
import { BuildSheet } from "./sheet.tsx";

const folder = aNanos({ id: "/opt/mine", path: "/opt/mine", kind: "unknown", version: "unknown", klibs: ["mine"] });
const armed = aNanos({ id: "0.1.54-arm", architecture: "arm64" });

async function openSheet(world: Partial<FakeWorld> = {}) {
  const opened = await open(<BuildSheet />, { kernels: [pith, aNanos(), armed], ...world });
  void useBuild.getState().takePath(opened.engine.client, "/home/me/hello");
  const select = await screen.findByRole("combobox", { name: "Kernel" });
  return { ...opened, select };
}

const built = () => useBuild.getState().draft;

describe("the kernel of an image", () => {
  test("is one that is installed and fits; at first the default", async () => {
    const kernels = { ...defaultSettings.kernels, default: "0.1.54" };

    const { user, select } = await openSheet({ settings: { ...defaultSettings, kernels } });

    expect(await choicesOf(user, select)).toEqual(["Pith 0.1 (bundled)", "Nanos 0.1.54", "In a folder…"]);
    expect(select.textContent).toBe("Nanos 0.1.54");
  });

  test("loads the modules that are ticked", async () => {
    const { user, engine, select } = await openSheet();
    expect(screen.queryByRole("group", { name: "Klibs" })).toBeNull();
    await chooseFrom(user, select, "Nanos 0.1.54");

    const klibs = within(screen.getByRole("group", { name: "Klibs" }));
    await user.click(klibs.getByRole("checkbox", { name: "tls" }));
    await user.click(klibs.getByRole("checkbox", { name: "ntp" }));
    await user.click(screen.getByRole("button", { name: "Build" }));

    await waitFor(() => expect(engine.inputsOf("images.build")).toHaveLength(1));
    expect(engine.inputsOf("images.build")).toMatchObject([{ kernel: "0.1.54", klibs: ["ntp", "tls"] }]);
  });

  test("forgets the modules of another kernel", async () => {
    const { user, select } = await openSheet();
    await chooseFrom(user, select, "Nanos 0.1.54");
    await user.click(screen.getByRole("checkbox", { name: "tls" }));
    expect(built()?.klibs).toEqual(["tls"]);

    await chooseFrom(user, select, "Pith 0.1 (bundled)");

    expect(built()?.klibs).toEqual([]);
  });

  test("may be in any folder, whose modules can be chosen, too", async () => {
    const { user, select, engine } = await openSheet();
    await chooseFrom(user, select, "In a folder…");
    const path = screen.getByRole("textbox", { name: "Its folder" });

    await user.type(path, "opt/none");
    await user.tab();
    expect(await screen.findByText("The kernel release /opt/none is not installed")).toBeDefined();
    engine.world.kernels = [...engine.world.kernels, folder];
    await user.clear(path);
    await user.type(path, "opt/mine");
    await user.tab();

    expect(await screen.findByRole("checkbox", { name: "mine" })).toBeDefined();
    expect(built()?.kernel).toBe("/opt/mine");
    expect(screen.queryByText(/not installed/)).toBeNull();
  });

  test("that is not installed any more is told", async () => {
    const kernels = { ...defaultSettings.kernels, default: "0.1.1" };

    const { select } = await openSheet({ settings: { ...defaultSettings, kernels } });

    expect(select.textContent).toBe("0.1.1 (not found)");
  });
});
