import { EventEmitter } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { createORPCClient } from "@orpc/client";
import { RPCLink } from "@orpc/client/message-port";
import { RPCHandler } from "@orpc/server/message-port";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { UnideckClient } from "../../../shared/contract/index.ts";
import { defaultSettings } from "../../../shared/contract/settings.ts";
import { relayTo } from "../relay.ts";
import { listRendererFiles } from "../renderer-files.ts";
import { answerAppRequest } from "./app-protocol.ts";
import { type GuardedContents, guardContents, isExternalLink } from "./window-policy.ts";
import { givePorts, type PortReceiver } from "./window-port.ts";

describe("the app scheme", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "unideck-app-"));
    await mkdir(join(folder, "out/assets"), { recursive: true });
    await writeFile(join(folder, "out/index.html"), "<title>Unideck</title>");
    await writeFile(join(folder, "out/assets/app.js"), "1");
    await writeFile(join(folder, "secret.js"), "secret");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const ask = async (url: string, method = "GET") =>
    answerAppRequest(await listRendererFiles(join(folder, "out")), { url, method });

  test("serves the page and its files, with what they may do", async () => {
    const page = await ask("app://unideck/");

    expect(await page.text()).toBe("<title>Unideck</title>");
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    expect((await ask("app://unideck/assets/app.js")).headers.get("content-type")).toMatch(/^text\/javascript/);
  });

  test.each([
    "app://unideck/../secret.js",
    "app://unideck/%2e%2e/secret.js",
    "app://unideck/..%2fsecret.js",
    "app://unideck/assets",
    "app://other/",
    "app://unideck.evil/",
    "app://unideck@evil/",
    "app://user:word@unideck/",
    "app://unideck:1/",
    "APP://UNIDECK/%69ndex.html",
    "app:unideck/",
    "http://unideck/",
    "app://unideck/assets/app.js/",
    "app://unideck//assets/app.js",
    "app://unideck/assets/app.js%00.html",
    "app://unideck/__proto__",
    "file:///etc/passwd",
    "nonsense",
  ])("does not serve %s", async (url) => {
    const response = await ask(url);

    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain("secret");
  });

  test("takes nothing", async () => {
    expect((await ask("app://unideck/", "POST")).status).toBe(404);
  });
});

describe("a window", () => {
  function guarded() {
    const events = new EventEmitter();
    const opened: string[] = [];
    let onOpen: (details: { url: string }) => { action: "deny" };
    let onRequest: Parameters<GuardedContents["session"]["setPermissionRequestHandler"]>[0];
    let onCheck: Parameters<GuardedContents["session"]["setPermissionCheckHandler"]>[0];
    let onDevice: () => boolean;
    const contents: GuardedContents = {
      on: (event: string, listener: (event: { preventDefault(): void }) => void) => events.on(event, listener),
      setWindowOpenHandler: (handler) => {
        onOpen = handler;
      },
      session: {
        setPermissionRequestHandler: (handler) => {
          onRequest = handler;
        },
        setPermissionCheckHandler: (handler) => {
          onCheck = handler;
        },
        setDevicePermissionHandler: (handler) => {
          onDevice = handler;
        },
      },
    };
    guardContents(contents, {
      openExternal: (url) => opened.push(url),
      openConsole: (url) => opened.push(`console ${url}`),
      revealCapture: ({ instance, card }) => opened.push(`packets of ${instance}, ${card}`),
    });
    return {
      events,
      opened,
      open: (url: string) => onOpen({ url }),
      mayAsk: (permission: string, requestingUrl = "app://unideck/") =>
        [onCheck(undefined, permission, requestingUrl)].concat(
          collect((answer) => onRequest(undefined, permission, answer, { requestingUrl })),
        ),
      mayUseDevice: () => onDevice(),
    };
  }
  const collect = (ask: (answer: (granted: boolean) => void) => void) => {
    const answers: boolean[] = [];
    ask((granted) => answers.push(granted));
    return answers;
  };

  test.each(["will-navigate", "will-redirect", "will-frame-navigate", "will-attach-webview"])(
    "can't do: %s",
    (event) => {
      const preventDefault = vi.fn();

      guarded().events.emit(event, { preventDefault });

      expect(preventDefault).toHaveBeenCalledOnce();
    },
  );

  test("opens no other; links of the web go to the browser, others nowhere", () => {
    const window = guarded();

    for (const url of ["https://example.org/a", "file:///etc/passwd", "javascript:alert(1)", "smb://host/x"])
      expect(window.open(url)).toEqual({ action: "deny" });

    expect(window.opened).toEqual(["https://example.org/a"]);
    expect(isExternalLink("http://127.0.0.1:8080/")).toBe(true);
    expect(isExternalLink("vscode://x")).toBe(false);
  });

  test("opens another of ours for a console, and for nothing else", () => {
    const window = guarded();

    const address = "app://unideck/?console=3f9a0c11d2";
    expect(window.open(address)).toEqual({ action: "deny" });
    for (const other of ["app://unideck/", `${address}#x`, `${address}&x=1`, "app://other/?console=1", "/?console=1"])
      window.open(other);

    expect(window.opened).toEqual([`console ${address}`]);
  });

  test("has the packets of a card shown in their folder, and no other file", () => {
    const window = guarded();

    const address = "app://unideck/?capture=3f9a0c11d2&card=private-shop";
    expect(window.open(address)).toEqual({ action: "deny" });
    for (const other of [
      `${address}/..`,
      `${address}%2F..`,
      `${address}&x=1`,
      "app://unideck/?capture=1&card=",
      "/?capture=1&card=a",
    ])
      window.open(other);

    expect(window.opened).toEqual(["packets of 3f9a0c11d2, private-shop"]);
  });

  test("gets no permission but to copy", () => {
    const window = guarded();

    for (const permission of ["media", "geolocation", "notifications", "clipboard-read", "openExternal"])
      expect(window.mayAsk(permission)).toEqual([false, false]);
    expect(window.mayUseDevice()).toBe(false);
    expect(window.mayAsk("clipboard-sanitized-write")).toEqual([true, true]);
    for (const page of ["https://evil.example/", "app://unideck.evil/", "null", ""])
      expect(window.mayAsk("clipboard-sanitized-write", page)).toEqual([false, false]);
  });

  test("gets a port to the engine at each load, and the one before is closed", async () => {
    const handler = new RPCHandler(relayTo({ call: async () => defaultSettings }));
    const events = new EventEmitter();
    const ports: MessageChannel["port2"][] = [];
    let address = "app://unideck/";
    const contents: PortReceiver<MessageChannel["port2"]> = {
      getURL: () => address,
      on: (event, listener) => events.on(event, listener),
      once: (event, listener) => events.once(event, listener),
      postMessage: (channel, _, transfer) => {
        expect(channel).toBe("unideck:port");
        ports.push(...transfer);
      },
    };
    // Electron's ports wrap what is sent in an event; Node's hand it over bare.
    const createChannel = () => {
      const { port1, port2 } = new MessageChannel();
      const wrapped = Object.assign(port1, {
        on: (event: string, listener: (event: { data: unknown }) => void) =>
          port1.addListener(event, (data: unknown) => listener({ data })),
      });
      return { port1: wrapped, port2 };
    };
    givePorts({ handler, contents, createChannel });

    events.emit("did-finish-load");
    const [first] = ports;
    const closed = new Promise((resolve) => first?.once("close", resolve));
    events.emit("did-finish-load");
    await closed;
    const [, second] = ports;

    if (!second) throw new Error("no second port");
    const client: UnideckClient = createORPCClient(new RPCLink({ port: second }));
    expect(await client.settings.get()).toEqual(defaultSettings);
    for (address of ["https://evil.example/", "app://unideck.evil/", "data:text/html,x", "about:blank", ""])
      events.emit("did-finish-load");
    expect(ports).toHaveLength(2);
    await new Promise((resolve) => second.once("close", resolve));
  });
});
