// @vitest-environment node
/** How a tab gets its key: over the browser's real channel between tabs, with the web host's part played by a function. */

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PageKey } from "./page-key.ts";

const ORIGIN = "http://127.0.0.1:8470";
const KEY = "k".repeat(43);

/** As much of a tab as is needed: its address, its storage, and the event of a pasted link. */
class Tab {
  readonly events = new EventTarget();
  readonly stored = new Map<string, string>();
  location: URL;
  readonly history = { state: null, replaceState: (_: unknown, __: string, path: string) => this.#goTo(path) };
  readonly sessionStorage = {
    getItem: (name: string) => this.stored.get(name) ?? null,
    setItem: (name: string, value: string) => void this.stored.set(name, value),
    removeItem: (name: string) => void this.stored.delete(name),
  };
  readonly addEventListener = this.events.addEventListener.bind(this.events);
  readonly keys: PageKey;

  constructor(path = "/") {
    this.location = new URL(path, ORIGIN);
    this.keys = new PageKey(this);
    tabs.push(this);
  }

  paste(path: string): void {
    this.#goTo(path);
    this.events.dispatchEvent(new Event("hashchange"));
  }

  find = () => this.keys.find(AbortSignal.timeout(5000));

  #goTo(path: string): void {
    this.location = new URL(path, ORIGIN);
  }
}

const tabs: Tab[] = [];
const redeemed: string[] = [];
beforeEach(() => {
  vi.stubGlobal("fetch", async (_: string, { body }: { body: string }) => {
    redeemed.push(JSON.parse(body).code);
    return body.includes("good") ? Response.json({ key: KEY }) : new Response(null, { status: 401 });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  for (const tab of tabs.splice(0)) tab.keys.close();
  redeemed.splice(0);
});

const unauthorized = expect.objectContaining({ code: "web.unauthorized" });

describe("a link", () => {
  test("leaves the address bar at once, and gives a key that stays in the tab", async () => {
    const tab = new Tab("/?console=a#code=good");
    expect(tab.location.href).toBe(`${ORIGIN}/?console=a`);

    expect(await tab.find()).toBe(KEY);

    expect([...tab.stored.values()]).toEqual([KEY]);
    expect(await tab.find()).toBe(KEY);
    expect(redeemed).toEqual(["good"]);
  });

  test("that is pasted into the tab leaves the address bar too, and wakes who waits for a key", async () => {
    const tab = new Tab();
    await expect(tab.find()).rejects.toEqual(unauthorized);
    const changed = tab.keys.changed(AbortSignal.timeout(5000));

    tab.paste("/#code=good");
    await changed;

    expect(tab.location.href).toBe(`${ORIGIN}/`);
    expect(await tab.find()).toBe(KEY);
  });

  test("that is not good is said to be so, and is not tried again", async () => {
    const tab = new Tab("/#code=bad");

    await expect(tab.find()).rejects.toEqual(unauthorized);
    await expect(tab.find()).rejects.toEqual(unauthorized);

    expect(redeemed).toEqual(["bad"]);
  });

  test("that is opened in a second tab is not used twice: the first tab's key is good there", async () => {
    await new Tab("/#code=good").find();

    expect(await new Tab("/#code=good").find()).toBe(KEY);

    expect(redeemed).toEqual(["good"]);
  });
});

describe("a new tab", () => {
  test("gets the key of another tab of the origin", async () => {
    await new Tab("/#code=good").find();

    expect(await new Tab().find()).toBe(KEY);
  });

  test("that nobody answers is told so within seconds", async () => {
    await expect(new Tab().find()).rejects.toEqual(unauthorized);
  });

  test("does not take a key that was refused, nor what is no key", async () => {
    const first = new Tab("/#code=good");
    await first.find();
    const second = new Tab();
    second.keys.drop(KEY);
    first.stored.set([...first.stored.keys()][0] ?? "", "<script>");
    await expect(second.find()).rejects.toEqual(unauthorized);

    first.stored.set([...first.stored.keys()][0] ?? "", KEY);
    await expect(second.find()).rejects.toEqual(unauthorized);
  });

  test("that was refused learns of a new key that another tab has got", async () => {
    const waiting = new Tab();
    await expect(waiting.find()).rejects.toEqual(unauthorized);
    const changed = waiting.keys.changed(AbortSignal.timeout(5000));

    await new Tab("/#code=good").find();
    await changed;

    expect(await waiting.find()).toBe(KEY);
  });
});
