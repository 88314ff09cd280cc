/**
 * All that a page gets from Electron: the path of a file that was dropped on it, and a port to the engine.
 *
 * A sandboxed preload may require `electron` alone, so this file imports nothing else at run time.
 */

import { contextBridge, ipcRenderer, webUtils } from "electron";

const PORT_MESSAGE = "unideck:port";
const ACTION_MESSAGE = "unideck:act";
const APP_ORIGIN = "app://unideck";

// A window shows pages of ours alone; should another be there, it gets neither paths nor a port.
if (window.location.origin === APP_ORIGIN && window.top === window) {
  contextBridge.exposeInMainWorld("unideckHost", { pathForFile: (file: File) => webUtils.getPathForFile(file) });

  // A port can't cross the bridge; a message of the window can carry it.
  ipcRenderer.on(PORT_MESSAGE, (event) => window.postMessage(PORT_MESSAGE, APP_ORIGIN, event.ports));
  ipcRenderer.on(ACTION_MESSAGE, (_, action: unknown) => window.postMessage([ACTION_MESSAGE, action], APP_ORIGIN));
}
