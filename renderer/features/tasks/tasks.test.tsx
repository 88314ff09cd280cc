// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import { aTask } from "../../test/samples.ts";
import { open, openUnconnected } from "../../test/window.tsx";
import { TasksScreen } from "./screen.tsx";

const ended = { endedAt: "2026-11-23T22:47:02.000Z" };

describe("the list of tasks", () => {
  test("says that it is loading until the engine has answered", () => {
    openUnconnected(<TasksScreen />);

    expect(screen.getByText("Loading…")).toBeDefined();
  });

  test("says what will be in it while there is nothing", async () => {
    await open(<TasksScreen />);

    expect(await screen.findByText(/No tasks/)).toBeDefined();
  });

  test("shows how far a task is, and cancels it", async () => {
    const { engine, user } = await open(<TasksScreen />, { tasks: [aTask()] });

    const task = await screen.findByRole("listitem", { name: "Build and run hello" });

    expect(within(task).getByRole("progressbar", { name: "Copying files" }).getAttribute("aria-valuenow")).toBe("25");
    expect(task.textContent).toContain("3 MB of 12 MB");
    await user.click(within(task).getByRole("button", { name: "Cancel" }));
    await waitFor(() => expect(engine.inputsOf("tasks.cancel")).toEqual([{ id: "t1" }]));
  });

  test("says why a task failed, and does it again", async () => {
    const problem = { code: "disk.full", message: "The disk is full", hint: "Free 20 MB." } as const;
    const { engine, user } = await open(<TasksScreen />, { tasks: [aTask({ state: "failed", problem, ...ended })] });

    expect((await screen.findByRole("alert")).textContent).toMatch(/The disk is full.*Free 20 MB\./);
    await user.click(screen.getByRole("button", { name: "Retry" }));

    await waitFor(() => expect(engine.inputsOf("tasks.retry")).toEqual([{ id: "t1" }]));
  });

  test("offers on a right click what its buttons do, and its output", async () => {
    const task = aTask({ state: "failed", output: ["one", "two"], ...ended });
    const { engine, user } = await open(<TasksScreen />, { tasks: [task] });

    fireEvent.contextMenu(await screen.findByRole("heading", { name: "Build and run hello" }));

    const menu = await screen.findByRole("menu", { name: "Actions for Build and run hello" });
    const items = within(menu).getAllByRole("menuitem");
    expect(items.map(({ textContent }) => textContent)).toEqual(["Retry", "Dismiss", "Copy output"]);
    await user.click(within(menu).getByRole("menuitem", { name: "Retry" }));
    await waitFor(() => expect(engine.inputsOf("tasks.retry")).toEqual([{ id: "t1" }]));
  });

  test("is cleared of what has ended, and keeps what runs", async () => {
    const tasks = [aTask({ id: "a", title: "Old", state: "done", ...ended }), aTask({ id: "b", title: "New" })];
    const { user } = await open(<TasksScreen />, { tasks });
    await screen.findByRole("listitem", { name: "Old" });

    await user.click(screen.getByRole("button", { name: "Clear finished" }));

    await waitFor(() => expect(screen.queryByRole("listitem", { name: "Old" })).toBeNull());
    expect(screen.getByRole("listitem", { name: "New" })).toBeDefined();
  });

  test("of a thousand has only those in the page that can be seen", async () => {
    const tasks = Array.from({ length: 1000 }, (_, n) => aTask({ id: `t${n}`, state: "done", ...ended }));

    await open(<TasksScreen />, { tasks });

    const shown = await screen.findAllByRole("listitem");
    expect(shown.length).toBeLessThan(50);
    expect(shown[0]?.getAttribute("aria-setsize")).toBe("1000");
  });
});
