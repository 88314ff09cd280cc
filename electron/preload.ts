/**
 * All that a page gets from Electron: the path of a file that was dropped on it, and a port to the engine.
 *
 * A sandboxed preload may require `electron` alone, so this file imports nothing else at run time.
 */

import { contextBridge, ipcRenderer, webUtils } from "electron";

const PORT_MESSAGE = "unideck:port";

contextBridge.exposeInMainWorld("unideckHost", { pathForFile: (file: File) => webUtils.getPathForFile(file) });

// A port can't cross the bridge; a message of the window can carry it.
ipcRenderer.on(PORT_MESSAGE, (event) => window.postMessage(PORT_MESSAGE, window.location.origin, event.ports));
