// @vitest-environment jsdom
import { screen, within } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { Shell } from "../../app/shell.tsx";
import { useView } from "../../model/view.ts";
import { anEnded, aRunning } from "../../test/samples.ts";
import { open } from "../../test/window.tsx";
import { ConsoleWindow } from "./console-window.tsx";

/** Consoles outlive their panes: each test has instances of its own. */
const running = (n: number) => ({ ...aRunning(), id: `r${n}`, name: `web-${n}` });
const ended = { ...anEnded({ code: 0, reason: "exited" }), id: "e1", name: "batch" };

const tiles = () => screen.queryAllByRole("article").map((tile) => tile.getAttribute("aria-label"));

describe("the grid of consoles", () => {
  test("shows those that run, until somebody chooses", async () => {
    const { user, engine } = await open(<Shell />, { instances: [running(1), running(2), ended] });
    engine.write("r1", "one says this\n");

    await user.click(screen.getByRole("button", { name: "Consoles" }));

    expect(tiles().sort()).toEqual(["web-1", "web-2"]);
    const which = within(screen.getByRole("toolbar", { name: "Consoles to show" }));
    await user.click(which.getByRole("button", { name: "batch" }));
    await user.click(screen.getByRole("button", { name: "Hide web-1" }));
    expect(tiles()).toEqual(expect.arrayContaining(["batch", "web-2"]));
    expect(tiles()).toHaveLength(2);
    expect(which.getByRole("button", { name: "web-1" }).getAttribute("aria-pressed")).toBe("false");
  });

  test("says what to do where there is nothing to show", async () => {
    await open(<Shell />, { instances: [ended] });
    useView.setState({ section: "consoles" });

    expect(await screen.findByText("Choose the consoles to show above.")).toBeDefined();
  });

  test("leads to the instance, and to a window of its own", async () => {
    const opened = vi.spyOn(window, "open").mockReturnValue(null);
    const { user } = await open(<Shell />, { instances: [running(3)] });
    await user.click(screen.getByRole("button", { name: "Consoles" }));

    await user.click(screen.getByRole("button", { name: "web-3 in a new window" }));
    expect(opened).toHaveBeenCalledWith("/?console=r3", "unideck-console-r3", expect.stringContaining("popup"));
    await user.click(screen.getByRole("button", { name: "Open web-3" }));
    expect(useView.getState()).toMatchObject({ section: "instances", instance: "r3", instanceTab: "console" });
  });
});

describe("a console's own window", () => {
  test("shows that console alone, and says when it is gone", async () => {
    const { engine } = await open(<ConsoleWindow id="r4" />, { instances: [running(4), running(5)] });

    expect(await screen.findByRole("region", { name: "Console of web-4" })).toBeDefined();
    expect(screen.getByRole("status", { name: "State" }).textContent).toContain("running");
    expect(screen.queryByText("web-5")).toBeNull();
    expect(document.title).toBe("web-4 · Unideck");

    engine.tell({ instances: { upsert: [], remove: ["r4"] } });
    expect(await screen.findByText("This instance was deleted.")).toBeDefined();
  });
});
