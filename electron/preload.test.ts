// @vitest-environment jsdom
/** The preload, strictly: Electron stands in for itself by what the preload may take of it. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

const exposed: Record<string, unknown> = {};
const listeners: [channel: string, listener: (event: { ports: MessagePort[] }) => void][] = [];

vi.mock("electron", () => ({
  contextBridge: { exposeInMainWorld: (name: string, what: unknown) => Object.assign(exposed, { [name]: what }) },
  ipcRenderer: {
    on: (...listener: (typeof listeners)[number]) => listeners.push(listener),
  },
  webUtils: { getPathForFile: () => "/home/user/secret" },
}));

beforeEach(() => {
  vi.resetModules();
  for (const name of Object.keys(exposed)) delete exposed[name];
  listeners.length = 0;
});
afterEach(() => vi.unstubAllGlobals());

async function preload(origin: string, top: "itself" | "another" = "itself") {
  const posted: unknown[][] = [];
  const page = { location: { origin }, postMessage: (...words: unknown[]) => posted.push(words) };
  vi.stubGlobal("window", Object.assign(page, { top: top === "itself" ? page : {} }));
  await import("./preload.ts");
  return posted;
}

test("a page of ours gets the path of a dropped file and a port, and nothing else of Electron", async () => {
  const posted = await preload("app://unideck");

  listeners[0]?.[1]({ ports: [] });

  expect(Object.keys(exposed)).toEqual(["unideckHost"]);
  expect(Object.keys(Object(exposed.unideckHost))).toEqual(["pathForFile"]);
  expect(listeners.map(([channel]) => channel)).toEqual(["unideck:port", "unideck:act"]);
  expect(posted).toEqual([["unideck:port", "app://unideck", []]]);
});

test.each([
  ["https://evil.example", "itself"],
  ["app://unideck.evil", "itself"],
  ["null", "itself"],
  ["file://", "itself"],
  ["app://unideck", "another"],
] as const)("a page of %s in a frame of %s gets nothing", async (origin, top) => {
  await preload(origin, top);

  expect(exposed).toEqual({});
  expect(listeners).toEqual([]);
});
