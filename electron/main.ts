/**
 * The desktop application: one window on the renderer, wired to the engine. What it decides stands in hosts/electron/,
 * where it is tested; this file only puts it together with Electron.
 *
 * Quitting leaves instances running: they are processes of their own, and the next start finds them.
 */

import { join } from "node:path";
import type { ClientContext, ClientLink } from "@orpc/client";
import { RPCHandler } from "@orpc/server/message-port";
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  Menu,
  MessageChannelMain,
  Notification,
  nativeImage,
  nativeTheme,
  protocol,
  screen,
  session,
  shell,
  Tray,
} from "electron";
import { z } from "zod";
import { isAlive } from "../shared/instance-state.ts";
import { Problem, reportOf } from "../shared/problem.ts";
import { ACTION_MESSAGE, type WindowAction } from "../shared/window-action.ts";
import { canLock } from "./engine/lib/folder-lock.ts";
import { resolveHomes } from "./engine/lib/homes.ts";
import { findResources, type Resources } from "./engine/lib/resources.ts";
import { type Connection, connectToEngine } from "./hosts/connect.ts";
import { appMenu, contextMenu } from "./hosts/electron/app-menu.ts";
import { APP_ORIGIN, APP_SCHEME, answerAppRequest, appSchemePrivileges } from "./hosts/electron/app-protocol.ts";
import { installCommandLine } from "./hosts/electron/command-line-link.ts";
import { CrashLimit, isCrash } from "./hosts/electron/crash-limit.ts";
import { type DesktopNotice, noticesBetween } from "./hosts/electron/desktop-notices.ts";
import { desktopFolder, readPlace, storedTheme, writePlace } from "./hosts/electron/desktop-state.ts";
import { findEngineNode, startEngineProcess } from "./hosts/electron/engine-process.ts";
import { type EngineState, nothingKnown, watchEngine } from "./hosts/electron/engine-watch.ts";
import { BACKGROUND, setAutostart } from "./hosts/electron/login-item.ts";
import { quitQuestion } from "./hosts/electron/quit-question.ts";
import { RecentFiles } from "./hosts/electron/recent-files.ts";
import {
  LINK_SCHEME,
  MOST_OPENINGS,
  type Opening,
  ownWords,
  questionOf,
  readOpenings,
} from "./hosts/electron/start-words.ts";
import { trayMenu, trayPicture, trayTitle } from "./hosts/electron/tray-menu.ts";
import { LEAST, placeToOpen } from "./hosts/electron/window-place.ts";
import { type CapturedCard, guardContents } from "./hosts/electron/window-policy.ts";
import { givePorts } from "./hosts/electron/window-port.ts";
import { relayTo } from "./hosts/relay.ts";
import { listRendererFiles } from "./hosts/renderer-files.ts";

const MAIN_ADDRESS = `${APP_ORIGIN}/`;
/** The window's ground before its page is drawn (renderer/app/tokens.css, `--bg`). */
const GROUND = { light: "#f5f5f7", dark: "#161619" } as const;

/** What a second start hands to the first one: Chromium adds words of its own to a command line. */
const HandedOver = z.object({ words: z.array(z.string()), folder: z.string() });

const homes = resolveHomes();
// As root Chromium itself ends with a sentence, unless its sandbox is switched off by name. Asking for it then would make
// every page crash.
if (!process.argv.includes("--no-sandbox")) app.enableSandbox();
protocol.registerSchemesAsPrivileged([{ scheme: APP_SCHEME, privileges: appSchemePrivileges }]);
// One application a home: its lock, its window's place and what Chromium keeps are there.
app.setPath("userData", desktopFolder(homes.unideck));

let mainWindow: BrowserWindow | undefined;
let connection: Connection | undefined;
/** Windows can be opened. */
let isReady = false;
/** To the engine, which windows are opened before. */
let link: ClientLink<ClientContext>;
let state: EngineState = nothingKnown;
let tray: Tray | undefined;
let mayQuit = false;
const waiting: Opening[] = [];
const recent = new RecentFiles(homes.unideck);
const ended = new AbortController();

const words = ownWords(process.argv, Boolean(process.defaultApp));
if (app.requestSingleInstanceLock({ words, folder: process.cwd() })) begin();
else app.quit();

function begin(): void {
  app.on("second-instance", (_, argv, folder, handedOver) => {
    const theirs = HandedOver.safeParse(handedOver).data ?? { words: ownWords(argv, false), folder };
    const openings = readOpenings(theirs.words, theirs.folder);
    if (openings.length === 0) showMain();
    void openAll(openings);
  });
  app.on("open-file", (event, path) => {
    event.preventDefault();
    void openAll([{ kind: "file", path }]);
  });
  app.on("open-url", (event, url) => {
    event.preventDefault();
    void openAll(readOpenings([url], "/"));
  });
  app.on("window-all-closed", () => app.quit());
  app.on("activate", () => showMain());
  app.on("before-quit", askBeforeQuit);
  // Chromium would end the application without a word to the engine.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => {
      mayQuit = true;
      app.quit();
    });
  start().catch((error: unknown) => {
    showProblem(error);
    app.exit(1);
  });
}

async function start(): Promise<void> {
  const resources = findResources();
  const reaching = reachEngine(resources);
  // Those who wait for it get the reason.
  reaching.catch(() => undefined);
  link = { call: async (...call) => (await reaching).link.call(...call) };
  const [files] = await Promise.all([listRendererFiles(resources.renderer), app.whenReady()]);
  session.defaultSession.on("will-download", (_, item) =>
    // Its own title would be the address of the bytes.
    item.setSaveDialogOptions({ title: `Save ${item.getFilename()}`, defaultPath: item.getFilename() }),
  );
  protocol.handle(APP_SCHEME, (request) => answerAppRequest(files, request));
  nativeTheme.themeSource = storedTheme(homes.unideck);
  setMenu();
  isReady = true;
  const openings = [...readOpenings(words, process.cwd()), ...waiting.splice(0)];
  // Its page is loaded while the engine starts; its calls wait.
  if (openings.length > 0 || !isBackground()) showMain();

  const opened = await reaching;
  connection = opened;
  quitWith(opened);
  tray = new Tray(nativeImage.createFromBitmap(trayPicture(22), { width: 22, height: 22 }));
  tray.on("click", () => showMain());
  void watchEngine(opened.client, follow, ended.signal);
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);

  nativeTheme.on("updated", () => {
    for (const window of BrowserWindow.getAllWindows()) window.setBackgroundColor(ground());
  });
  await openAll([...openings, ...waiting.splice(0)]);
}

/** The engine in this process, or in one beside it where this Electron's Node cannot hold its lock. */
async function reachEngine(resources: Resources): Promise<Connection> {
  if (canLock()) return connectToEngine({ homes, resources });
  const engine = startEngineProcess(await findEngineNode(resources.engineHost), resources.engineHost);
  try {
    const client = await Promise.race([connectToEngine({ homes, resources, isClient: true }), engine.failed]);
    const close: Connection["close"] = async (options) => {
      await client.close(options);
      await engine.close();
    };
    return { ...client, close };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** The main window, in front; made again where it was closed. */
function showMain(): BrowserWindow | undefined {
  if (!isReady) return undefined;
  if (mainWindow && !mainWindow.isDestroyed()) {
    if (mainWindow.isMinimized()) mainWindow.restore();
    mainWindow.show();
    mainWindow.focus();
    return mainWindow;
  }
  const workAreas = [screen.getPrimaryDisplay(), ...screen.getAllDisplays()].map(({ workArea }) => workArea);
  const place = placeToOpen(readPlace(homes.unideck), workAreas);
  const window = openWindow(MAIN_ADDRESS, place.bounds);
  mainWindow = window;
  if (place.isMaximized) window.maximize();
  if (place.isFullScreen) window.setFullScreen(true);
  // Once: a reload keeps what it has become since.
  window.webContents.once("did-finish-load", () => window.webContents.setZoomLevel(place.zoomLevel));
  window.on("close", () => {
    const now = {
      bounds: window.getNormalBounds(),
      isMaximized: window.isMaximized(),
      isFullScreen: window.isFullScreen(),
      zoomLevel: window.webContents.getZoomLevel(),
    };
    placeWritten = writePlace(homes.unideck, now).catch(() => undefined);
  });
  window.once("closed", () => {
    if (mainWindow === window) mainWindow = undefined;
  });
  return window;
}
let placeWritten: Promise<unknown> = Promise.resolve();

/** A window on the whole application, or on one console. */
function openWindow(address: string, bounds: { x?: number; y?: number; width: number; height: number }): BrowserWindow {
  const window = new BrowserWindow({
    ...bounds,
    minWidth: LEAST.width,
    minHeight: LEAST.height,
    title: "Unideck",
    show: false,
    backgroundColor: ground(),
    webPreferences: {
      preload: join(import.meta.dirname, "../preload/preload.cjs"),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
    },
  });
  const contents = window.webContents;
  guardContents(contents, {
    openExternal: (url) => void shell.openExternal(url),
    openConsole: (url) => {
      const open = BrowserWindow.getAllWindows().find(({ webContents }) => webContents.getURL() === url);
      if (open) open.focus();
      else openWindow(url, { width: 900, height: 560 });
    },
    revealCapture: (which) => void revealCapture(which).catch(showProblem),
  });
  givePorts({
    handler: new RPCHandler(relayTo(link)),
    contents,
    createChannel: () => new MessageChannelMain(),
  });
  contents.on("context-menu", (_, params) => {
    const items = contextMenu(params, (url) => clipboard.writeText(url));
    if (items.length > 0) Menu.buildFromTemplate(items).popup({ window });
  });
  reloadAfterCrash(window);
  window.once("ready-to-show", () => window.show());
  void window.loadURL(address);
  return window;
}

const ground = () => (nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light);

/** A page that has crashed is loaded again, three times at most. */
function reloadAfterCrash(window: BrowserWindow): void {
  const limit = new CrashLimit();
  const { webContents } = window;
  webContents.on("render-process-gone", (_, { reason }) => {
    if (!isCrash(reason)) return;
    if (limit.note(performance.now()) === "reload") {
      webContents.once("did-finish-load", () =>
        send(window, { do: "notice", text: "The window's page crashed and was loaded again." }),
      );
      webContents.reload();
      return;
    }
    void dialog
      .showMessageBox(window, {
        type: "error",
        message: "Unideck's window keeps crashing.",
        detail: "Running instances keep running.",
        buttons: ["Try again", "Close window"],
        defaultId: 0,
        cancelId: 1,
      })
      .then(({ response }) => {
        limit.forget();
        if (response === 0) webContents.reload();
        else window.close();
      });
  });
}

/** Hands an action to a window's page. */
function send(window: BrowserWindow, action: WindowAction): void {
  const { webContents } = window;
  const deliver = () => webContents.send(ACTION_MESSAGE, action);
  if (webContents.isLoading()) webContents.once("did-finish-load", deliver);
  else deliver();
}

/** In the main window, which is shown for it. */
function act(action: WindowAction): void {
  const window = showMain();
  if (window) send(window, action);
}

async function openAll(openings: readonly Opening[]): Promise<void> {
  if (!connection) {
    waiting.push(...openings.slice(0, MOST_OPENINGS - waiting.length));
    return;
  }
  if (openings.length === 0) return;
  const window = showMain();
  for (const opening of openings) {
    const question = questionOf(opening);
    if (question && !(await isAgreed(window, question))) continue;
    await open(opening).catch(showProblem);
  }
}

async function isAgreed(
  window: BrowserWindow | undefined,
  { message, detail, yes }: { message: string; detail: string; yes: string },
): Promise<boolean> {
  const options = { type: "question", message, detail, buttons: [yes, "Cancel"], defaultId: 1, cancelId: 1 } as const;
  const asked = { ...options, buttons: [...options.buttons] };
  const { response } = await (window ? dialog.showMessageBox(window, asked) : dialog.showMessageBox(asked));
  return response === 0;
}

async function open(opening: Opening): Promise<void> {
  switch (opening.kind) {
    case "file":
      app.addRecentDocument(opening.path);
      await recent.add(opening.path);
      setMenu();
      return act({ do: "open-file", path: opening.path });
    case "show-instance":
      return act({ do: "show-instance", id: opening.id });
    case "run-image": {
      const instance = await connection?.client.instances.create({ image: opening.image, start: true });
      return instance && act({ do: "show-instance", id: instance.id });
    }
    default:
      return opening satisfies never;
  }
}

function setMenu(): void {
  const { version } = findResources();
  const template = appMenu({
    platform: process.platform,
    isDevelopment: !app.isPackaged && process.env.NODE_ENV === "development",
    act,
    chooseFile: () => void chooseFile(),
    recent: recent.list(),
    openRecent: (path) => void openAll([{ kind: "file", path }]),
    installCommandLine: () => void offerCommandLine().catch(showProblem),
    clearRecent: () => void recent.clear().then(setMenu, showProblem),
    about: () =>
      void dialog.showMessageBox({
        type: "info",
        title: "About Unideck",
        message: `Unideck ${version}`,
        detail: `Build and run unikernels.\nElectron ${process.versions.electron}, Chromium ${process.versions.chrome}`,
        buttons: ["Close"],
      }),
  });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}

async function offerCommandLine(): Promise<void> {
  const { path, isInPath } = await installCommandLine(findResources().commandLine);
  await dialog.showMessageBox({
    type: "info",
    message: `The command line is installed as ${path}`,
    detail: isInPath
      ? "Run “unideck --help” in a terminal."
      : "Its folder is not in PATH yet: log in again, or add it.",
    buttons: ["Close"],
  });
}

async function chooseFile(): Promise<void> {
  const { filePaths } = await dialog.showOpenDialog({
    title: "Open a program, an image or a configuration",
    properties: ["openFile"],
  });
  await openAll(filePaths.map((path) => ({ kind: "file", path })));
}

/** Theme, tray and notifications follow the engine. */
function follow(now: EngineState, before: EngineState): void {
  state = now;
  const theme = now.settings?.appearance.theme;
  if (theme) nativeTheme.themeSource = theme;
  // At a start it is written again where it is on: the application may have moved.
  const isAtLogin = now.settings?.desktop.launchAtLogin;
  if (isAtLogin !== undefined && isAtLogin !== (before.settings?.desktop.launchAtLogin ?? false))
    void launchAtLogin(isAtLogin).catch(showProblem);
  if (now.instances !== before.instances) {
    tray?.setToolTip(trayTitle(running().length));
    tray?.setContextMenu(
      Menu.buildFromTemplate(
        trayMenu(now.instances.values(), {
          open: (id) => (id ? act({ do: "show-instance", id }) : void showMain()),
          start: (id) => void connection?.client.instances.start({ id }).catch(showProblem),
          stop: (id) => void connection?.client.instances.stop({ id }).catch(showProblem),
          quit: () => app.quit(),
        }),
      ),
    );
  }
  if (!BrowserWindow.getFocusedWindow()) for (const notice of noticesBetween(before, now)) notify(notice);
}

/** An application that is not installed has no place that will be there at the next login. */
async function launchAtLogin(isOn: boolean): Promise<void> {
  const program = app.isPackaged ? [process.env.APPIMAGE ?? process.execPath] : [process.execPath, app.getAppPath()];
  if (process.platform === "linux") await setAutostart(isOn, program);
  else app.setLoginItemSettings({ openAtLogin: isOn });
}

/** Whether this start is the one at login. macOS takes no words along, but says so. */
const isBackground = () =>
  process.argv.includes(BACKGROUND) || (process.platform === "darwin" && app.getLoginItemSettings().wasOpenedAtLogin);

const running = () => [...state.instances.values()].filter(isAlive).map(({ name }) => name);

function notify({ title, body, instance }: DesktopNotice): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification({ title, body });
  notification.on("click", () => (instance ? act({ do: "show-instance", id: instance }) : void showMain()));
  shown.add(notification);
  notification.once("close", () => shown.delete(notification));
  notification.show();
}
/** One that is collected hears no click. */
const shown = new Set<Notification>();

async function revealCapture({ instance, card }: CapturedCard): Promise<void> {
  const shown = await connection?.client.instances.get({ id: instance });
  const file = shown?.capture.files.find((one) => one.card === card);
  if (!file) throw new Problem("capture.not-found", "This card is no longer captured");
  shell.showItemInFolder(file.path);
}

function showProblem(error: unknown): void {
  const { message, hint = "" } = reportOf(error);
  dialog.showErrorBox(message, hint);
}

function askBeforeQuit(event: { preventDefault(): void }): void {
  const question = mayQuit ? undefined : quitQuestion(running());
  if (!question) return;
  event.preventDefault();
  void dialog
    .showMessageBox({ type: "question", ...question, buttons: ["Quit", "Cancel"], defaultId: 0, cancelId: 1 })
    .then(({ response }) => {
      mayQuit = response === 0;
      if (mayQuit) app.quit();
      else showMain();
    });
}

/** The engine ends in order before the application does. */
function quitWith(opened: Connection): void {
  let isClosed = false;
  app.on("will-quit", (event) => {
    ended.abort();
    if (isClosed) return;
    event.preventDefault();
    void Promise.allSettled([placeWritten, opened.close()]).finally(() => {
      isClosed = true;
      app.quit();
    });
  });
}
