/** A window for component tests: a fake engine behind the real contract, the mirror fed by its events, a person's hands. */

import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import type { ComponentType, ReactNode } from "react";
import { afterEach, vi } from "vitest";
import type { StoreApi } from "zustand";
import { screens, slices } from "../app/screens.tsx";
import { useNetworkQuestion } from "../features/networks/questions.ts";
import { useKernelImport } from "../features/settings/kernel-import.ts";
import { useBridges } from "../model/bridges.ts";
import { useDoctor } from "../model/check-machine.ts";
import { useConnection } from "../model/connection.ts";
import { useLastRuns, useRun } from "../model/draft/run-session.ts";
import { useBuild } from "../model/draft/session.ts";
import { useEngine, useKernels, useSettings } from "../model/engine.ts";
import { useImages } from "../model/images.ts";
import { useInstances } from "../model/instances.ts";
import { applyEvent } from "../model/mirror.ts";
import { useNetworks } from "../model/networks.ts";
import { useTasks } from "../model/tasks.ts";
import { useTraffic } from "../model/traffic.ts";
import { useDeletion } from "../model/use-actions.ts";
import { useView } from "../model/view.ts";
import { ClientProvider } from "../platform/client.tsx";
import { FakeEngine } from "./fake-engine.ts";
import type { FakeWorld } from "./fake-world.ts";

/** What jsdom has not: it lays nothing out, so every element is as large as a window's pane. */
const PANE = { width: 700, height: 600 } as const;
const ROW_HEIGHT = 58;

class NoResizes {
  observe() {}
  unobserve() {}
  disconnect() {}
}

function standInForLayout(): void {
  vi.stubGlobal("ResizeObserver", NoResizes);
  // Nothing is drawn, so no better way to draw is looked for.
  vi.stubGlobal("requestIdleCallback", () => 0);
  const listeners = { addEventListener() {}, removeEventListener() {}, addListener() {}, removeListener() {} };
  vi.stubGlobal("matchMedia", () => ({ matches: false, ...listeners }));
  vi.spyOn(Element.prototype, "clientWidth", "get").mockReturnValue(PANE.width);
  vi.spyOn(Element.prototype, "clientHeight", "get").mockReturnValue(PANE.height);
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(ROW_HEIGHT);
  Element.prototype.scrollTo = () => {};
  Element.prototype.scrollIntoView = () => {};
  Element.prototype.setPointerCapture = () => {};
}

const begin = <T,>(store: StoreApi<T>) => store.setState(store.getInitialState(), true);

function startAnew(): void {
  localStorage.clear();
  begin(useBridges);
  begin(useNetworkQuestion);
  begin(useBuild);
  begin(useConnection);
  begin(useDeletion);
  begin(useDoctor);
  begin(useEngine);
  begin(useImages);
  begin(useInstances);
  begin(useKernelImport);
  begin(useKernels);
  begin(useNetworks);
  begin(useLastRuns);
  begin(useRun);
  begin(useSettings);
  begin(useTasks);
  begin(useTraffic);
  begin(useView);
}

let leave = new AbortController();

afterEach(() => {
  leave.abort();
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

export interface Opened {
  engine: FakeEngine;
  user: ReturnType<typeof userEvent.setup>;
}

/** Shows `ui` before the engine has said anything. */
export function openUnconnected(ui: ReactNode, world: Partial<FakeWorld> = {}): Opened {
  standInForLayout();
  startAnew();
  const engine = new FakeEngine(world);
  render(<ClientProvider client={engine.client}>{ui}</ClientProvider>);
  return { engine, user: userEvent.setup() };
}

/** Shows `ui` with the mirror of a world, and keeps that mirror true. */
export async function open(ui: ReactNode, world: Partial<FakeWorld> = {}): Promise<Opened> {
  const opened = openUnconnected(ui, world);
  leave = new AbortController();
  const { signal } = leave;
  const events = await opened.engine.client.events.subscribe(undefined, { signal });
  const first = await events.next();
  if (!first.done) applyEvent(first.value, slices);
  void (async () => {
    for await (const event of events) applyEvent(event, slices);
  })().catch(() => undefined);
  return opened;
}

/** The page of a screen, as the window puts it together. */
export function pageOf(section: string): ComponentType {
  const screen = screens.find((one) => one.section === section);
  if (!screen) throw new Error(`There is no screen ${section}`);
  return screen.Page;
}

/** Opens a list of choices and takes one of them, as a person does who sees their words. */
export async function chooseFrom(user: Opened["user"], list: HTMLElement, words: string | RegExp): Promise<void> {
  await user.click(list);
  await user.click(await screen.findByRole("option", { name: words }));
}

/** The words of all choices of a list, which is closed again. */
export async function choicesOf(user: Opened["user"], list: HTMLElement): Promise<string[]> {
  await user.click(list);
  const words = (await screen.findAllByRole("option")).map(({ textContent }) => textContent ?? "");
  await user.keyboard("{Escape}");
  await waitFor(() => screen.queryByRole("listbox") === null || Promise.reject(new Error("it is still open")));
  return words;
}
