/** Packages of the desktop application: made once with the Electron for tests, started as an account without rights. */

import type { ChildProcess } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, copyFileSync, existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type Browser, chromium, expect, type Page } from "@playwright/test";
import { electronBinary } from "../../scripts/setup/electron-binary.mjs";
import { testElectron } from "../../scripts/setup/test-electron.mjs";
import { root, World } from "./world.ts";

const isRoot = process.getuid?.() === 0;
/** The account `nobody` has this number on every Linux. */
const NOBODY = 65534;
/** Chromium's sandbox does not work for root. */
const unprivileged = isRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
/** What unpacks a package as root does, where this is not root. */
export const asRoot = isRoot ? [] : ["unshare", "--map-root-user"];

/** Runs a program to its end; throws with what it said where it fails. */
export function call(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? `${stdout}${stderr}`}`);
  return stdout;
}

/** Makes dir, deb and rpm in `out`. */
export function makePackages(out: string): void {
  const electron = testElectron();
  if (!electron) throw new Error("There is no Electron on this machine: npm test fetches it");
  const words = ["dir", "deb", "rpm", "--fast", "--out", out, "--electron", dirname(electron)];
  call(process.execPath, join(root, "scripts/package.mjs"), ...words);
}

/** Every file below `folder`, by its path from there. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/** A world of an account without rights, whose command line is the package's. */
export async function worldOf(unideck: string): Promise<World> {
  const world = await World.create(unprivileged, unideck);
  if (isRoot) chownSync(world.folder, NOBODY, NOBODY);
  // The engine's Node is Electron's own, but for the older one that tests may have.
  if (!electronBinary()) {
    const node = world.path("node");
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    world.environment.UNIDECK_NODE = node;
  }
  return world;
}

/** Left without `close`, as by a test that failed, the application and everything that it started are killed. */
export interface PackagedWindow extends Disposable {
  page: Page;
  /** Settles when the application has ended. */
  close(): Promise<void>;
}

/** Starts a package's application on a display of its own, and drives it as a debugger would. */
export async function openPackaged(world: World, application: string): Promise<PackagedWindow> {
  const [command = "", ...words] = [
    ...unprivileged,
    "xvfb-run",
    "--auto-servernum",
    "--server-args=-screen 0 1600x1000x24",
    application,
    "--remote-debugging-port=0",
  ];
  // A group of its own: what is left of it at the end is ended with it.
  const child = spawn(command, words, {
    cwd: world.folder,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...world.environment, DBUS_SESSION_BUS_ADDRESS: "disabled:" },
  });
  let browser: Browser | undefined;
  try {
    browser = await chromium.connectOverCDP(await debuggerOf(child));
    const [context] = browser.contexts();
    if (!context) throw new Error("The application has no page");
    await expect.poll(() => context.pages().length).toBeGreaterThan(0);
    const [page] = context.pages();
    if (!page) throw new Error("The application has no page");
    return {
      page,
      close: async () => {
        const ended = once(child, "exit");
        await page.close();
        await ended;
        await browser?.close();
      },
      [Symbol.dispose]: () => endGroup(child),
    };
  } catch (error) {
    await browser?.close();
    endGroup(child);
    throw error;
  }
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid) process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

/** The address that Chromium prints for debuggers. */
function debuggerOf(child: ChildProcess): Promise<string> {
  let said = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The application names no debugging port: ${said}`)), 60_000);
    child.once("exit", () => reject(new Error(`The application has ended: ${said}`)));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const address = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
      if (!address) return;
      clearTimeout(timer);
      resolve(address);
    });
  });
}

/** A dpkg of its own: it knows of the host's packages only those that `depends` names. */
export function emptyDpkgRoot(folder: string, depends: string): void {
  const database = join(folder, "var/lib/dpkg");
  call("mkdir", "-p", join(database, "updates"), join(database, "info"), join(database, "triggers"));
  const names = depends.split(/[,|]/).flatMap((one) => one.trim().split(" ", 1));
  const known = spawnSync("dpkg-query", ["--status", ...names], { encoding: "utf8" }).stdout;
  spawnSync("tee", [join(database, "status")], { input: known.trim() ? `${known.trimEnd()}\n` : "" });
  if (!existsSync(join(database, "status"))) throw new Error("dpkg's database was not written");
}
