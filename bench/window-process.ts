/**
 * What `bench/window.ts` measures, in a display and an account that Electron runs in: prints JSON. The Electron is the one of
 * the tests, with the engine in a process beside it.
 */

import { once } from "node:events";
import { link, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { _electron, chromium, type ElectronApplication, type Page } from "@playwright/test";
import { launchDesktop } from "../e2e/support/desktop.ts";
import { drop } from "../e2e/support/drop.ts";
import { program } from "../e2e/support/programs.ts";
import { World } from "../e2e/support/world.ts";
import { findBrowser } from "../scripts/setup/browsers.mjs";
import { testElectron } from "../scripts/setup/test-electron.mjs";
import type { WindowFigures } from "./window.ts";

const ROUNDS = 5;
const IMAGES = 1000;
const INSTANCES = 50;
const RUNNING = 10;
const KIB = 1024;

const figures: WindowFigures = {
  emptyMs: [],
  usableMs: [],
  emptyPssBytes: 0,
  runningPssBytes: 0,
  browserMs: [],
  desktopMs: [],
};
await measureStart();
await measureMemory();
await measureDrop();
process.stdout.write(`${JSON.stringify(figures)}\n`);

/** Alternately an empty window, and Unideck's on a home with many images and instances. */
async function measureStart(): Promise<void> {
  await using world = await fullWorld();
  for (let round = 0; round < ROUNDS; round++) {
    let startedAt = performance.now();
    const empty = await launchEmpty(world);
    await (await empty.firstWindow()).getByRole("heading").waitFor();
    figures.emptyMs.push(performance.now() - startedAt);
    figures.emptyPssBytes = await pssOf(empty);
    await empty.close();

    startedAt = performance.now();
    const desktop = await launchDesktop(world);
    const page = await desktop.firstWindow();
    await page.getByRole("option").first().click();
    await page.getByRole("region", { name: /^Instance / }).waitFor();
    figures.usableMs.push(performance.now() - startedAt);
    await desktop.close();
  }
}

async function fullWorld(): Promise<World> {
  const world = await World.create();
  await world.unideck(["build", program("hello.c"), "--name", "image"]);
  const [image] = Object(await world.unideckJson(["images", "ls"]));
  for (let n = 1; n < IMAGES; n++) await link(image.path, join(dirname(image.path), `image-${n}`));
  const { api, token, process: serving } = await world.startServing();
  for (let n = 0; n < INSTANCES; n++)
    await fetch(`${api}/instances`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ image: "image", start: false }),
    });
  // The window brings an engine of its own.
  const ended = once(serving, "exit");
  serving.kill();
  await ended;
  return world;
}

async function measureMemory(): Promise<void> {
  await using world = await World.create();
  const desktop = await launchDesktop(world);
  const page = await desktop.firstWindow();
  await world.unideck(["build", program("endless.c"), "--name", "endless"]);
  for (let n = 0; n < RUNNING; n++) world.spawn(["run", "endless", "--name", `endless-${n}`, "--memory", "32M"]);
  for (let n = 0; n < RUNNING; n++)
    await page.getByRole("option", { name: new RegExp(`endless-${n}.*running`) }).waitFor({ timeout: 120_000 });
  figures.runningPssBytes = await pssOf(desktop);
  await desktop.close();
}

/** From the drop to the first output in the pane, without the time that a person takes to press the button. */
async function measureDrop(): Promise<void> {
  await using world = await World.create();
  const desktop = await launchDesktop(world);
  const window = await desktop.firstWindow();
  await window.getByRole("heading", { name: "Drop a Linux program here" }).waitFor();
  for (let round = 0; round <= ROUNDS; round++) figures.desktopMs.push(await dropOnce(window, world));
  await desktop.close();

  await using other = await World.create();
  const browser = await chromium.launch({ executablePath: findBrowser() });
  const page = await browser.newPage();
  await page.goto(await other.serve());
  await page.getByRole("heading", { name: "Drop a Linux program here" }).waitFor();
  for (let round = 0; round <= ROUNDS; round++) figures.browserMs.push(await dropOnce(page, other));
  await browser.close();
  // The first one of each is on a fresh home.
  figures.desktopMs.shift();
  figures.browserMs.shift();
}

async function dropOnce(page: Page, world: World): Promise<number> {
  await page.evaluate(() => performance.clearMarks());
  await drop(page, program("hello.c"));
  await page.getByRole("button", { name: /^(Build|Replace) & run/ }).click();
  await page.waitForFunction(() => performance.getEntriesByName("unideck:console-first-output").length > 0);
  const [dropped, inspected, build, output] = await page.evaluate(() =>
    ["drop", "inspected", "build", "console-first-output"].map(
      (name) => performance.getEntriesByName(`unideck:${name}`).at(-1)?.startTime ?? Number.NaN,
    ),
  );
  await page.getByRole("status", { name: "State" }).filter({ hasText: "exited 0" }).waitFor();
  const [instance] = Object(await world.unideckJson(["ps", "--all"]));
  await world.unideck(["rm", instance.id]);
  await world.unideck(["images", "rm", "hello"]);
  return Number(inspected) - Number(dropped) + (Number(output) - Number(build));
}

/** An Electron with a window that shows one line. */
async function launchEmpty(world: World): Promise<ElectronApplication> {
  const folder = world.path("empty");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "empty", version: "1.0.0", main: "main.cjs" }));
  const page = "data:text/html,<h1>Empty</h1>";
  await writeFile(
    join(folder, "main.cjs"),
    `const { app, BrowserWindow } = require("electron");
app.setPath("userData", ${JSON.stringify(world.path("empty-data"))});
app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 800 }).loadURL(${JSON.stringify(page)}));
`,
  );
  return _electron.launch({ executablePath: testElectron() ?? "", args: [folder], chromiumSandbox: true });
}

/** Proportional set size of an application and what it has started, without QEMU. */
async function pssOf(desktop: ElectronApplication): Promise<number> {
  const processes = await Promise.all((await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(processAt));
  const known = processes.flatMap((one) => one ?? []);
  const tree = new Set([desktop.process().pid]);
  // Children have higher numbers than their parents, but for a wrap-around.
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const { pid, parent } of known) if (tree.has(parent)) tree.add(pid);
  }
  const ours = known.filter(({ pid, program: name }) => tree.has(pid) && !name.startsWith("qemu-system"));
  const sizes = await Promise.all(ours.map(({ pid }) => readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "")));
  return sizes.reduce((sum, text) => sum + Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) * KIB, 0);
}

async function processAt(name: string) {
  const status = await readFile(`/proc/${name}/status`, "utf8").catch(() => undefined);
  const command = await readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "");
  const parent = Number(/^PPid:\s+(\d+)/m.exec(status ?? "")?.[1] ?? -1);
  return status === undefined
    ? undefined
    : { pid: Number(name), parent, program: basename(command.split("\0")[0] ?? "") };
}
