/** What people expect of an application of the desktop: recent files, start at login, zoom, files by argument, updates. */

import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { type ElectronApplication, expect } from "@playwright/test";
import { testElectron } from "../../scripts/setup/test-electron.mjs";
import { askedBy, launchDesktop } from "../support/desktop.ts";
import { program } from "../support/programs.ts";
import { dropAndRun, openEmpty, readyToType, state, terminal } from "../support/window.ts";
import { desktopTest as test } from "../support/window-test.ts";
import { outcomeOf, root, type World } from "../support/world.ts";

const recentMenu = (desktop: ElectronApplication) =>
  desktop.evaluate(({ Menu }) => {
    const file = Menu.getApplicationMenu()?.items.find(({ label }) => label === "&File");
    const recent = file?.submenu?.items.find(({ label }) => label === "Open Recent");
    return (recent?.submenu?.items ?? []).filter(({ type }) => type !== "separator").map(({ label }) => label);
  });

const clickRecent = (desktop: ElectronApplication, label: string) =>
  desktop.evaluate(({ Menu }, label) => {
    const file = Menu.getApplicationMenu()?.items.find((item) => item.label === "&File");
    const recent = file?.submenu?.items.find((item) => item.label === "Open Recent");
    recent?.submenu?.items.find((item) => item.label === label)?.click();
  }, label);

/** An image file outside of the image folder, and an OPS configuration with its program. */
async function filesOf(world: World): Promise<{ image: string; config: string; greeter: string }> {
  const greeter = world.path("greeter");
  await copyFile(join(root, "resources/samples/build/hello"), greeter);
  await world.unideck(["build", greeter, "--out", world.path("disk.img")]);
  await writeFile(world.path("config.json"), JSON.stringify({ Program: "greeter", Args: ["greeter", "--loud"] }));
  return { image: world.path("disk.img"), config: world.path("config.json"), greeter };
}

test("an image and an OPS configuration open by argument, at the first start and at later ones", async ({ world }) => {
  const { image, config } = await filesOf(world);
  const desktop = await launchDesktop(world, { words: [config] });
  try {
    const page = await desktop.firstWindow();
    const sheet = page.getByRole("dialog", { name: "Build greeter" });
    await expect(sheet).toBeVisible();
    await expect(sheet.getByRole("textbox", { name: "Arguments" })).toHaveValue(/--loud/);
    await sheet.getByRole("button", { name: "Close" }).click();

    const again = await outcomeOf(world.spawnFile(testElectron() ?? "", [root, image]), 30_000);

    expect(again.code).toBe(0);
    const run = page.getByRole("dialog", { name: "Run disk.img" });
    await expect(run).toBeVisible();
    await run.getByRole("button", { name: "Run" }).click();
    await expect(terminal(page)).toContainText("That is all");
  } finally {
    await desktop.close();
  }
});

test("files that were opened are in the menu, also after a restart, until it is cleared", async ({ world }) => {
  const { config, greeter } = await filesOf(world);
  const first = await launchDesktop(world, { words: [greeter] });
  await expect((await first.firstWindow()).getByRole("dialog", { name: "Build greeter" })).toBeVisible();
  await first.close();

  const desktop = await launchDesktop(world, { words: [config] });
  try {
    const page = await desktop.firstWindow();
    await expect(page.getByRole("dialog", { name: "Build greeter" })).toBeVisible();
    await expect.poll(() => recentMenu(desktop)).toEqual([config, greeter, "Clear Recent"]);
    await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();

    await clickRecent(desktop, greeter);
    await expect(page.getByRole("dialog", { name: "Build greeter" })).toBeVisible();
    await expect.poll(() => recentMenu(desktop)).toEqual([greeter, config, "Clear Recent"]);

    await clickRecent(desktop, "Clear Recent");
    await expect.poll(() => recentMenu(desktop)).toEqual(["Clear Recent"]);
  } finally {
    await desktop.close();
  }
});

test("start at login is a file of the desktop's, and starts without a window", async ({ world }) => {
  const configHome = world.path("config-home");
  await mkdir(configHome);
  const env = { XDG_CONFIG_HOME: configHome };
  const file = join(configHome, "autostart", "unideck.desktop");
  const desktop = await launchDesktop(world, { env });
  const page = await desktop.firstWindow();
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("checkbox", { name: "Start at login, in the background" }).click();
  await expect.poll(() => readFile(file, "utf8").catch(() => "")).toMatch(/^Exec=".*electron.*" ".*" "--background"$/m);
  await desktop.close();

  const atLogin = await launchDesktop(world, { env, words: ["--background"] });
  try {
    // Its tray is there when it has begun; a second start without words brings the window.
    await expect.poll(() => world.unideckJson(["ps"]).then(() => true), { message: "the engine answers" }).toBe(true);
    expect(await atLogin.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(0);
    expect((await outcomeOf(world.spawnFile(testElectron() ?? "", [root]), 30_000)).code).toBe(0);
    await expect.poll(() => atLogin.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);

    const window = await atLogin.firstWindow();
    await window.getByRole("button", { name: "Settings" }).click();
    await window.getByRole("checkbox", { name: "Start at login, in the background" }).click();
    await expect.poll(() => readFile(file, "utf8").catch(() => "gone")).toBe("gone");
  } finally {
    await atLogin.close();
  }
});

test("the zoom stays through a reload", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  const zoom = () =>
    desktop.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getZoomLevel());
  await desktop.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomLevel(2));

  await page.reload();
  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();

  expect(await zoom()).toBe(2);
});

test("the ground of the window follows the system's theme", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  const ground = () => desktop.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBackgroundColor());
  expect(await ground()).toBe("#F5F5F7");

  // As the system does it: the setting stays “system”.
  await desktop.evaluate(({ nativeTheme }) => {
    Object.defineProperty(nativeTheme, "shouldUseDarkColors", { get: () => true });
    nativeTheme.emit("updated");
  });

  await expect.poll(ground).toBe("#161619");
});

test("a window that keeps crashing and is closed is opened where it was", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  const bounds = { x: 150, y: 110, width: 880, height: 620 };
  await desktop.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), bounds);
  await desktop.evaluate(({ dialog }) => {
    const asked = Object(Reflect.get(globalThis, "asked"));
    Reflect.set(dialog, "showMessageBox", async (_: unknown, options: { message: string }) => {
      asked.push(options.message);
      return { response: 1 };
    });
  });
  const closed = desktop.waitForEvent("close");
  for (let round = 0; round < 4; round++)
    await desktop
      .evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        const loaded = new Promise<void>((resolve) => contents?.once("did-finish-load", () => resolve()));
        const gone = new Promise<void>((resolve) => contents?.once("render-process-gone", () => resolve()));
        contents?.forcefullyCrashRenderer();
        return gone.then(() => Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 2000))]));
      })
      .catch(() => undefined);
  await closed;

  const again = await launchDesktop(world);
  try {
    await again.firstWindow();
    await expect
      .poll(() => again.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds()))
      .toEqual(bounds);
  } finally {
    await again.close();
  }
});

test("Control+C is input for the program even with a selection, where the settings say so", async ({
  desktop,
  page,
  world,
}) => {
  await openEmpty(page, world);
  await page.getByRole("button", { name: "Settings" }).click();
  const copies = page.getByRole("checkbox", { name: "Ctrl+C copies the selected text" });
  await copies.click();
  await expect(copies).not.toBeChecked();
  await page.getByRole("button", { name: "Instances" }).click();
  await dropAndRun(page, program("cat.c"));
  await readyToType(page);
  await page.keyboard.type("apples\n");
  await expect(terminal(page)).toContainText("1: apples");
  await desktop.evaluate(({ clipboard }) => clipboard.writeText("before"));
  const rows = await terminal(page).getByRole("listitem").allTextContents();
  const at = rows.findIndex((row) => row.includes("1: apples"));
  const box = await page.locator(".xterm-screen").boundingBox();
  if (!box) throw new Error("no terminal");
  await page.mouse.dblclick(box.x + 45, box.y + ((at + 0.5) * box.height) / rows.length);

  await page.keyboard.press("Control+C");

  // SIGINT ends it.
  await expect(state(page)).toContainText("exited");
  expect(await desktop.evaluate(({ clipboard }) => clipboard.readText())).toBe("before");
});

test("a newer version is announced once, with its page; nothing is installed", async ({ desktop, page, world }) => {
  const asked: string[] = [];
  const server = createServer((request, answer) => {
    asked.push(request.url ?? "");
    answer.end('{"version":"99.0.0","url":"http://127.0.0.1:9/unideck"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await openEmpty(page, world);
  await page.getByRole("button", { name: "Settings" }).click();

  await page.getByRole("textbox", { name: "Releases URL" }).fill(`http://127.0.0.1:${port}/latest.json`);
  await page.keyboard.press("Enter");

  const notice = page.getByRole("status").filter({ hasText: "Unideck 99.0.0 is available." });
  await expect(notice).toBeVisible();
  await expect(notice.getByRole("link", { name: "Release page" })).toHaveAttribute("href", /127\.0\.0\.1:9\/unideck/);
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await page.reload();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await expect(notice).toHaveCount(0);
  expect(asked).toEqual(["/latest.json"]);
  expect(await askedBy(desktop)).toEqual([]);
  server.close();
});

test("the command line is installed on request, and works from there", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  await desktop.evaluate(({ Menu }) => {
    const help = Menu.getApplicationMenu()?.items.find(({ role, label }) => role === "help" || label === "&Help");
    help?.submenu?.items.find(({ label }) => label === "Install Command Line…")?.click();
  });

  const path = world.path(".local", "bin", "unideck");
  await expect.poll(() => askedBy(desktop)).toContain(`The command line is installed as ${path}`);
  expect(await world.runFile(path, ["--version"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^\d+\.\d/),
  });
});
