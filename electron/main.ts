/**
 * The desktop application: one window on the renderer, wired to the engine. What it decides stands in hosts/electron/,
 * where it is tested; this file only puts it together with Electron.
 *
 * Quitting leaves instances running: they are processes of their own, and the next start finds them.
 */

import { join } from "node:path";
import { RPCHandler } from "@orpc/server/message-port";
import { app, BrowserWindow, dialog, MessageChannelMain, protocol, session, shell } from "electron";
import { Problem, reportOf } from "../shared/problem.ts";
import { canLock } from "./engine/lib/folder-lock.ts";
import { resolveHomes } from "./engine/lib/homes.ts";
import { findResources, type Resources } from "./engine/lib/resources.ts";
import { type Connection, connectToEngine } from "./hosts/connect.ts";
import { APP_ORIGIN, APP_SCHEME, answerAppRequest, appSchemePrivileges } from "./hosts/electron/app-protocol.ts";
import { findEngineNode, startEngineProcess } from "./hosts/electron/engine-process.ts";
import { type CapturedCard, guardContents } from "./hosts/electron/window-policy.ts";
import { givePorts } from "./hosts/electron/window-port.ts";
import { relayTo } from "./hosts/relay.ts";
import { listRendererFiles } from "./hosts/renderer-files.ts";

app.enableSandbox();
protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: appSchemePrivileges }]);

if (app.requestSingleInstanceLock()) {
  app.on("second-instance", () => showWindow());
  app.on("window-all-closed", () => app.quit());
  start().catch((error: unknown) => {
    showProblem(error);
    app.exit(1);
  });
} else app.quit();

async function start(): Promise<void> {
  const resources = findResources();
  const [connection, files] = await Promise.all([
    reachEngine(resources),
    listRendererFiles(resources.renderer),
    app.whenReady(),
  ]);
  session.defaultSession.on("will-download", (_, item) =>
    // Its own title would be the address of the bytes.
    item.setSaveDialogOptions({ title: `Save ${item.getFilename()}`, defaultPath: item.getFilename() }),
  );
  protocol.handle(APP_SCHEME, (request) => answerAppRequest(files, request));
  quitWith(connection);

  openWindow(connection);
  app.on("activate", () => {
    if (BrowserWindow.getAllWindows().length === 0) openWindow(connection);
  });
}

/** The engine in this process, or in one beside it where this Electron's Node cannot hold its lock. */
async function reachEngine(resources: Resources): Promise<Connection> {
  const homes = resolveHomes();
  if (canLock()) return connectToEngine({ homes, resources });
  const engine = startEngineProcess(await findEngineNode(resources.engineHost), resources.engineHost);
  try {
    const connection = await Promise.race([connectToEngine({ homes, resources, isClient: true }), engine.failed]);
    const close: Connection["close"] = async (options) => {
      await connection.close(options);
      await engine.close();
    };
    return { ...connection, close };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

const MAIN_ADDRESS = `${APP_ORIGIN}/`;

/** A window on the whole application, or on one console. */
function openWindow(connection: Connection, address = MAIN_ADDRESS): void {
  const window = new BrowserWindow({
    ...(address === MAIN_ADDRESS ? { width: 1280, height: 800 } : { width: 900, height: 560 }),
    minWidth: 480,
    minHeight: 360,
    title: "Unideck",
    show: false,
    webPreferences: {
      preload: join(import.meta.dirname, "../preload/preload.cjs"),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  guardContents(window.webContents, {
    openExternal: (url) => void shell.openExternal(url),
    openConsole: (url) => {
      const open = BrowserWindow.getAllWindows().find(({ webContents }) => webContents.getURL() === url);
      if (open) open.focus();
      else openWindow(connection, url);
    },
    revealCapture: (which) => void revealCapture(connection, which).catch(showProblem),
  });
  givePorts({
    handler: new RPCHandler(relayTo(connection.link)),
    contents: window.webContents,
    createChannel: () => new MessageChannelMain(),
  });
  window.once("ready-to-show", () => window.show());
  void window.loadURL(address);
}

async function revealCapture({ client }: Connection, { instance, card }: CapturedCard): Promise<void> {
  const { capture } = await client.instances.get({ id: instance });
  const file = capture.files.find((one) => one.card === card);
  if (!file) throw new Problem("capture.not-found", "Nothing is captured of this card any more");
  shell.showItemInFolder(file.path);
}

function showProblem(error: unknown): void {
  const { message, hint = "" } = reportOf(error);
  dialog.showErrorBox(message, hint);
}

function showWindow(): void {
  const [window] = BrowserWindow.getAllWindows();
  if (window?.isMinimized()) window.restore();
  window?.focus();
}

/** The engine ends in order before the application does. */
function quitWith(connection: Connection): void {
  let isClosed = false;
  app.on("will-quit", (event) => {
    if (isClosed) return;
    event.preventDefault();
    void connection.close().finally(() => {
      isClosed = true;
      app.quit();
    });
  });
}
