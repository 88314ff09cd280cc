/** The item in the tray and the desktop's notifications, with stand-ins for the desktop on a bus of the test's own. */

import { expect } from "@playwright/test";
import { launchDesktop } from "../support/desktop.ts";
import { DesktopBus } from "../support/desktop-bus.ts";
import { program } from "../support/programs.ts";
import { state } from "../support/window.ts";
import { test } from "../support/window-test.ts";

test.use({ trace: "off" });

test("the tray lists what runs, stops and starts it; a bad end is told, and a click on that shows it", async ({
  world,
}) => {
  await using bus = await DesktopBus.start(world);
  const desktop = await launchDesktop(world, { env: { DBUS_SESSION_BUS_ADDRESS: bus.address } });
  try {
    const page = await desktop.firstWindow();
    await expect.poll(() => bus.happened).toContainEqual({ item: expect.any(String) });
    await world.unideck(["build", program("endless.c"), "--name", "endless"]);
    world.spawn(["run", "endless", "--name", "long"]);

    await expect.poll(() => bus.menu()).toEqual(["Open Unideck", "long", "Show", "Stop", "Quit Unideck"]);
    await expect.poll(async () => JSON.stringify(await world.unideckJson(["ps"]))).toContain('"running"');
    bus.clickMenu("Show");
    await expect(page.getByRole("region", { name: "Instance long" })).toBeVisible();
    bus.clickMenu("Stop");
    await expect(state(page)).toContainText(/stopped|exited/, { timeout: 30_000 });
    await expect.poll(() => bus.menu()).toContain("No running instances");
    bus.clickMenu("long");
    await expect(state(page)).toContainText("running");
    expect(bus.happened.filter(({ notification }) => notification)).toEqual([]);

    // Nobody looks at the window. (Without a window manager it cannot be minimised.)
    await desktop.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
    await world.unideck(["run", program("crash_null.c"), "--name", "bad"]);
    const told = () => bus.happened.find(({ title }) => title === "bad ended");
    await expect.poll(told).toMatchObject({ body: "SIGSEGV" });
    bus.openNotification(told()?.notification ?? 0);

    await expect(page.getByRole("region", { name: "Instance bad" })).toBeVisible();
    expect(bus.happened.filter(({ error }) => error)).toEqual([]);
  } finally {
    await desktop.close();
  }
});
