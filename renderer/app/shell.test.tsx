// @vitest-environment jsdom
import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { useConnection } from "../store/connection.ts";
import { useEngine } from "../store/engine.ts";
import { anEnded, anImage, aRunning, aTask } from "../test/samples.ts";
import { open } from "../test/window.tsx";
import { Shell } from "./shell.tsx";
import { localKeys, shortcuts } from "./shortcuts.ts";

const world = () => ({
  instances: [aRunning(), anEnded({ code: 0, reason: "exited" }, { id: "i2", name: "batch" })],
  images: [anImage()],
  tasks: [aTask()],
});

describe("the window", () => {
  test("counts what is in each section, and says how far tasks are", async () => {
    await open(<Shell />, world());

    const sections = screen.getByRole("navigation", { name: "Sections" });
    expect(within(sections).getByRole("button", { name: /Instances/ }).textContent).toContain("2");
    expect(within(sections).getByRole("button", { name: /Images/ }).textContent).toContain("1");
    expect(within(sections).getByRole("button", { name: /1 task/ }).textContent).toContain("25%");
  });

  test.each([
    ["2", "Images"],
    ["3", "Doctor"],
    [",", "Settings"],
  ])("Control and %s shows %s", async (key, section) => {
    const { user } = await open(<Shell />, world());

    await user.keyboard(`{Control>}${key}{/Control}`);

    expect(await screen.findByRole("heading", { name: section, level: 1 })).toBeDefined();
    expect(screen.getByRole("button", { name: new RegExp(section) }).getAttribute("aria-current")).toBe("page");
  });

  test("Control and N asks for a program", async () => {
    const { user } = await open(<Shell />, world());

    await user.keyboard("{Control>}n{/Control}");

    expect(await screen.findByRole("dialog", { name: "Build a program" })).toBeDefined();
  });

  test("Control and slash lists every key there is", async () => {
    const { user } = await open(<Shell />, world());

    await user.keyboard("{Control>}/{/Control}");

    const list = await screen.findByRole("dialog", { name: "Keyboard shortcuts" });
    for (const { does } of [...shortcuts, ...localKeys]) expect(within(list).getByText(does)).toBeDefined();
  });

  test("says at once why no engine can be reached, where trying again is no use", async () => {
    await open(<Shell />, world());
    const problem = { code: "web.unauthorized", message: "This page has no key to the engine" } as const;

    useConnection.setState({ state: "refused", problem });

    expect((await screen.findByRole("alert")).textContent).toContain("This page has no key to the engine");
  });

  test("says what the engine has to tell of its start, until that is read", async () => {
    const { user } = await open(<Shell />, world());
    const { engine } = useEngine.getState();
    const notice = "The settings could not be understood; they were set aside";
    if (engine) useEngine.setState({ engine: { ...engine, notices: [notice] } });

    expect((await screen.findByRole("alert")).textContent).toContain(notice);
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("says that it reconnects only once that takes a while", async () => {
    await open(<Shell />, world());

    useConnection.setState({ state: "reconnecting" });

    expect(screen.queryByRole("status", { name: "Connection" })).toBeNull();
    const said = await screen.findByRole("status", { name: "Connection" }, { timeout: 3000 });
    expect(said.textContent).toBe("Reconnecting…");
  });
});

describe("the palette", () => {
  const openPalette = async () => {
    const opened = await open(<Shell />, world());
    await opened.user.keyboard("{Control>}k{/Control}");
    return { ...opened, palette: await screen.findByRole("dialog", { name: "Search or run a command" }) };
  };
  const shown = () => screen.getAllByRole("option").map(({ textContent }) => textContent);

  test("lists every action, and every object with what can be done with it", async () => {
    await openPalette();

    expect(shown()).toEqual(
      expect.arrayContaining([
        expect.stringContaining("Build a program…"),
        expect.stringContaining("Go to Doctor"),
        expect.stringContaining("Stop web-1"),
        expect.stringContaining("Start batch again"),
        expect.stringContaining("Delete batch…"),
        expect.stringContaining("Run go-web"),
      ]),
    );
  });

  test("does what is found and chosen, and closes", async () => {
    const { engine, user, palette } = await openPalette();

    await user.keyboard("stop web");
    await waitFor(() => expect(shown()[0]).toContain("Stop web-1"));
    await user.keyboard("{Enter}");

    await waitFor(() => expect(engine.inputsOf("instances.stop")).toEqual([{ id: "i1" }]));
    await waitFor(() => expect(palette.isConnected).toBe(false));
  });

  test("finds by what can be read, and says when there is nothing", async () => {
    const { user } = await openPalette();

    await user.keyboard("zzzz");

    expect(await screen.findByText("Nothing is called that.")).toBeDefined();
    expect(screen.queryAllByRole("option")).toEqual([]);
  });
});
