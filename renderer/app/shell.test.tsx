// @vitest-environment jsdom
import { act, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { useConnection } from "../model/connection.ts";
import { useEngine } from "../model/engine.ts";
import { useView } from "../model/view.ts";
import { localKeys, shortcuts } from "../platform/shortcuts.ts";
import { aBridge, aNetwork, anEnded, anImage, aRunning, aTask } from "../test/samples.ts";
import { open } from "../test/window.tsx";
import { Shell } from "./shell.tsx";

const world = () => ({
  instances: [aRunning(), anEnded({ code: 0, reason: "exited" }, { id: "i2", name: "batch" })],
  images: [anImage()],
  tasks: [aTask()],
  networks: [aNetwork()],
  bridges: [
    aBridge(),
    aBridge({ name: "br1", state: "waiting" as const }),
    aBridge({ name: "br2", state: "absent", wish: { name: "br2", seats: 4 } }),
    aBridge({ name: "virbr0", state: "foreign" }),
  ],
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
    ["3", "Networks"],
    ["4", "Doctor"],
    [",", "Settings"],
  ])("Control and %s shows %s", async (key, section) => {
    const { user } = await open(<Shell />, world());

    await user.keyboard(`{Control>}${key}{/Control}`);

    expect(await screen.findByRole("heading", { name: section, level: 1 })).toBeDefined();
    expect(screen.getByRole("button", { name: new RegExp(section) }).getAttribute("aria-current")).toBe("page");
  });

  test("shows the first section where the one it remembers is no more", async () => {
    await open(<Shell />, world());

    act(() => useView.getState().show("images"));
    expect(await screen.findByRole("heading", { name: "Images", level: 1 })).toBeDefined();
    act(() => useView.getState().show("attic"));

    expect(await screen.findByRole("heading", { name: "Instances", level: 1 })).toBeDefined();
    expect(screen.getByRole("button", { name: /Instances/ }).getAttribute("aria-current")).toBe("page");
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

  test("finds what has each of the typed words, in any order, and nothing else", async () => {
    const { user } = await openPalette();

    await user.keyboard("web stop");

    await waitFor(() => expect(shown()).toEqual([expect.stringContaining("Stop web-1")]));
  });

  test("does what is found and chosen, and closes", async () => {
    const { engine, user, palette } = await openPalette();

    await user.keyboard("stop web");
    await waitFor(() => expect(shown()[0]).toContain("Stop web-1"));
    await user.keyboard("{Enter}");

    await waitFor(() => expect(engine.inputsOf("instances.stop")).toEqual([{ id: "i1" }]));
    await waitFor(() => expect(palette.isConnected).toBe(false));
  });

  const choose = async (words: string) => {
    const opened = await openPalette();
    await opened.user.keyboard(words);
    await waitFor(() => expect(shown()[0]).toContain(words));
    await opened.user.keyboard("{Enter}");
    return opened;
  };

  test("makes a network, from wherever one is", async () => {
    const { user } = await choose("New private network…");

    await user.type(await screen.findByRole("textbox", { name: "Name" }), "lab");
    await user.click(screen.getByRole("button", { name: "Create" }));

    expect(await screen.findByRole("region", { name: "Network lab" })).toBeDefined();
  });

  test("asks before a network goes, as its own button does", async () => {
    const { engine, user } = await choose("Delete network shop…");

    await user.click(await screen.findByRole("button", { name: "Delete" }));

    await waitFor(() => expect(engine.inputsOf("networks.remove")).toEqual([{ name: "shop", force: true }]));
  });

  test("plans a bridge where there can be one", async () => {
    await choose("New bridge to the LAN…");
    expect(await screen.findByRole("dialog", { name: "New bridge br0" })).toBeDefined();
  });

  test("makes no bridges on a Mac", async () => {
    const { user } = await open(<Shell />, world());
    const { engine } = useEngine.getState();
    if (engine) useEngine.setState({ engine: { ...engine, platform: "darwin" } });

    await user.keyboard("{Control>}k{/Control}");

    expect(await screen.findByText("New private network…")).toBeDefined();
    expect(screen.queryByText("New bridge to the LAN…")).toBeNull();
  });

  test("leads to the command that installs the network helper", async () => {
    const { engine } = await choose("Install the network helper…");

    expect(await screen.findByRole("heading", { name: "Doctor", level: 1 })).toBeDefined();
    await waitFor(() => expect(engine.inputsOf("doctor.run")).toContainEqual({ refresh: true }));
  });

  test("has of a bridge what its state lets be done", async () => {
    const { user } = await openPalette();

    await user.keyboard("bridge br");

    const labels = () => shown().map((text) => /bridge (br.*)/.exec(text ?? "")?.[0]);
    await waitFor(() => expect(labels()).toContain("bridge br0ready"));
    expect(shown()).toEqual(
      expect.arrayContaining([
        expect.stringContaining("Undo bridge br0…"),
        expect.stringContaining("Keep bridge br1"),
        expect.stringContaining("Set up bridge br2…"),
      ]),
    );
    expect(shown().filter((text) => text?.includes("virbr0"))).toEqual([expect.stringContaining("Open bridge virbr0")]);
  });

  test("undoes a bridge only after the question", async () => {
    const { engine, user } = await choose("Undo bridge br0…");
    expect(engine.inputsOf("bridges.undo")).toEqual([]);

    await user.click(await screen.findByRole("button", { name: "Undo it" }));

    await waitFor(() => expect(engine.inputsOf("bridges.undo")).toEqual([{ name: "br0", force: true }]));
  });

  test("begins a capture, and shows where it goes", async () => {
    const { engine } = await choose("Capture web-1's packets");

    expect(engine.inputsOf("captures.set")).toEqual([{ id: "i1", on: true }]);
    expect(await screen.findByRole("tab", { name: "Network", selected: true })).toBeDefined();
  });

  test("finds by what can be read, and says when there is nothing", async () => {
    const { user } = await openPalette();

    await user.keyboard("zzzz");

    expect(await screen.findByText("No matches")).toBeDefined();
    expect(screen.queryAllByRole("option")).toEqual([]);
  });
});
