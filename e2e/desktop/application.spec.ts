/** The application among others of a desktop: menus, second starts, links, signals, and what its children inherit. */

import { once } from "node:events";
import { copyFile, readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import { type ElectronApplication, expect } from "@playwright/test";
import { testElectron } from "../../scripts/setup/test-electron.mjs";
import { askedBy, launchDesktop } from "../support/desktop.ts";
import { program } from "../support/programs.ts";
import { dropAndRun, openConsole, openEmpty, readyToType, state, terminal } from "../support/window.ts";
import { desktopTest as test } from "../support/window-test.ts";
import { outcomeOf, root, type World } from "../support/world.ts";

/** Every process of this world, by its command line. */
async function processes(world: World): Promise<{ pid: number; words: string[] }[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      return `${environment}${text}`.includes(world.folder) ? [{ pid, words: text.split("\0") }] : [];
    }),
  );
  return found.flat();
}

/** What a process has open that only Chromium opens: sockets of its own, shared memory, its databases. */
async function chromiumsDescriptors(pid: number): Promise<string[]> {
  const folder = `/proc/${pid}/fd`;
  const links = await Promise.all((await readdir(folder)).map((fd) => readlink(join(folder, fd)).catch(() => "")));
  return links.filter((link) => /\.pak$|\.dat$|snapshot|desktop\/|org\.chromium|\/dev\/shm|asar|X11/.test(link));
}

test("QEMU, switch, keeper and engine get nothing that Chromium has open", async ({ page, world }) => {
  await openEmpty(page, world);
  await world.unideck(["network", "create", "lan"]);
  await world.unideck(["build", program("endless.c"), "--name", "endless"]);
  world.spawn(["run", "endless", "--network", "lan"]);
  const named = async (part: RegExp) =>
    (await processes(world)).find(({ words }) => part.test(words.slice(0, 8).join(" ")));

  for (const part of [/^\S*qemu-system/, /switch\.js/, /keeper\.js/, /engine-host\.js/]) {
    await expect.poll(() => named(part), { message: String(part) }).toBeDefined();
    expect(await chromiumsDescriptors((await named(part))?.pid ?? 0), String(part)).toEqual([]);
  }
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const)
  test(`${signal} ends the application and its engine in order; instances run on`, async ({ desktop, page, world }) => {
    await openEmpty(page, world);
    await dropAndRun(page, program("endless.c"));
    await expect(state(page)).toContainText("running");
    const child = desktop.process();
    const ended = once(child, "exit");

    child.kill(signal);

    expect((await ended).slice(0, 2)).toEqual([0, null]);
    const left = (await processes(world)).filter(({ words }) =>
      words.some((word) => /engine-host|electron$/.test(word)),
    );
    expect(left).toEqual([]);
    expect(await world.unideckJson(["ps"])).toMatchObject([{ name: "endless", state: "running" }]);
  });

test("the menus are our own: an entry shows its screen, and Control+R loads nothing again", async ({
  desktop,
  page,
  world,
}) => {
  await openEmpty(page, world);
  await page.evaluate(() => Reflect.set(window, "isStillThere", true));

  await page.keyboard.press("Control+R");
  await click(desktop, "Images");

  await expect(page.getByRole("heading", { name: "Images" })).toBeVisible();
  expect(await page.evaluate(() => Reflect.get(window, "isStillThere"))).toBe(true);
  await click(desktop, "About Unideck");
  await expect.poll(() => askedBy(desktop)).toContainEqual(expect.stringMatching(/^Unideck \d/));
});

/** Clicks an entry of the application's menu. */
const click = (desktop: ElectronApplication, label: string) =>
  desktop.evaluate(({ Menu }, label) => {
    const items = (Menu.getApplicationMenu()?.items ?? []).flatMap(({ submenu }) => submenu?.items ?? []);
    items.find((item) => item.label === label)?.click();
  }, label);

/** Starts the application again on the same home, as a file manager or a browser does; it hands its words over and ends. */
async function startAgain(world: World, ...words: string[]): Promise<number> {
  const child = world.spawnFile(testElectron() ?? "", [root, ...words]);
  return (await outcomeOf(child, 30_000)).code;
}

test("a second start opens its file in the first window", async ({ page, world }) => {
  await openEmpty(page, world);
  await copyFile(join(root, "resources/samples/build/hello"), world.path("greeter"));

  expect(await startAgain(world, "greeter")).toBe(0);

  await expect(page.getByRole("dialog", { name: "Build greeter" })).toBeVisible();
});

test("a link runs an image once that is confirmed", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  await world.unideck(["build", program("endless.c"), "--name", "endless"]);

  expect(await startAgain(world, "unideck://run/endless")).toBe(0);

  await expect(page.getByRole("option", { name: /endless/ })).toBeVisible();
  await expect(state(page)).toContainText("running");
  expect(await askedBy(desktop)).toContain("Run the image endless?");
});

test("a page that crashes is loaded again, and no more after three times", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  const crash = () =>
    desktop.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      const loaded = new Promise<void>((resolve) => contents?.once("did-finish-load", () => resolve()));
      const gone = new Promise<void>((resolve) => contents?.once("render-process-gone", () => resolve()));
      contents?.forcefullyCrashRenderer();
      return gone.then(() => Promise.race([loaded, new Promise((resolve) => setTimeout(resolve, 10_000))]));
    });
  const asked = () => askedBy(desktop);

  for (let round = 0; round < 3; round++) await crash();
  expect(await asked()).toEqual([]);
  void crash().catch(() => undefined);

  await expect.poll(asked).toContain("Unideck's window keeps crashing.");
});

test("a selection in a console is copied by Control+C, which else goes to the guest", async ({
  desktop,
  page,
  world,
}) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("cat.c"));
  await readyToType(page);
  await page.keyboard.type("apples\n");
  await expect(terminal(page)).toContainText("1: apples");
  const rows = await terminal(page).getByRole("listitem").allTextContents();
  const at = rows.findIndex((row) => row.includes("1: apples"));
  const box = await page.locator(".xterm-screen").boundingBox();
  if (!box) throw new Error("no terminal");

  // Behind “1: ”.
  await page.mouse.dblclick(box.x + 45, box.y + ((at + 0.5) * box.height) / rows.length);
  await page.keyboard.press("Control+C");

  await expect.poll(() => desktop.evaluate(({ clipboard }) => clipboard.readText())).toBe("apples");
  await expect(state(page)).toContainText("running");
});

test("the window comes back where it was, as dark as it was", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  const bounds = { x: 120, y: 90, width: 900, height: 640 };
  await desktop.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), bounds);
  await desktop.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.setZoomLevel(1));
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByRole("combobox", { name: "Theme" }).click();
  await page.getByRole("option", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await desktop.close();

  const again = await launchDesktop(world);
  try {
    await again.firstWindow();
    const now = () =>
      again.evaluate(({ BrowserWindow }) => {
        const window = BrowserWindow.getAllWindows()[0];
        return {
          ...window?.getBounds(),
          zoom: window?.webContents.getZoomLevel(),
          ground: window?.getBackgroundColor(),
        };
      });
    await expect.poll(now).toEqual({ ...bounds, zoom: 1, ground: "#161619" });
  } finally {
    await again.close();
  }
});

test("quitting says what keeps running", async ({ desktop, page, world }) => {
  await openEmpty(page, world);
  await dropAndRun(page, program("endless.c"));
  await expect(state(page)).toContainText("running");
  await desktop.evaluate(({ dialog }) => {
    const asked = Object(Reflect.get(globalThis, "asked"));
    Reflect.set(dialog, "showMessageBox", async (options: { message: string }) => {
      asked.push(options.message);
      return { response: 1 };
    });
  });

  await desktop.evaluate(({ app }) => app.quit());

  await expect.poll(() => askedBy(desktop)).toContain("endless keeps running.");
  await desktop.evaluate(({ dialog }) => Reflect.set(dialog, "showMessageBox", async () => ({ response: 0 })));
});

test("as root it opens without a sandbox where that is asked for by name, and else ends with a sentence", async ({
  world,
}) => {
  // Root of a namespace of its own.
  const asRoot = ["unshare", "--map-root-user"];
  const refused = world.spawnFile("unshare", ["--map-root-user", testElectron() ?? "", root]);
  const { code, stderr } = await outcomeOf(refused, 30_000);
  expect(code).not.toBe(0);
  expect(stderr).toContain("Running as root without --no-sandbox is not supported");

  const desktop = await launchDesktop(world, { prefix: asRoot, sandbox: false });
  try {
    const page = await desktop.firstWindow();
    await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  } finally {
    await desktop.close();
  }
});

test("an instance that is opened by a link is shown with its console", async ({ page, world }) => {
  await openEmpty(page, world);
  await world.unideck(["build", program("hello.c"), "--name", "hello"]);
  await world.unideck(["run", "hello"]);
  const [instance] = Object(await world.unideckJson(["ps", "--all"]));

  expect(await startAgain(world, `unideck://instance/${instance.id}`)).toBe(0);

  await expect(page.getByRole("region", { name: "Instance hello" })).toBeVisible();
  await openConsole(page, /hello/);
});
