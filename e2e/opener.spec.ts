/** The browser of this computer is opened without a secret in anybody's arguments; stand-ins for opener and browser say what they got. */

import { spawn } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "@playwright/test";
import { root, World, waitForOutput } from "./support/world.ts";

/** An account that owns nothing. */
const NOBODY = 65534;

/** A program of that name which writes its arguments down, and stays, as a browser does. */
async function standIn(world: World, name: string): Promise<() => Promise<string[]>> {
  const folder = world.path("bin");
  await mkdir(folder, { recursive: true });
  const record = join(folder, `${name}.arguments`);
  const lines = ["#!/bin/sh", `printf '%s\\n' "$@" > ${record}.new`, `mv ${record}.new ${record}`, "exec sleep 60"];
  await writeFile(join(folder, name), `${lines.join("\n")}\n`);
  await chmod(join(folder, name), 0o755);
  world.environment.PATH = `${folder}:${world.environment.PATH}`;
  return async () => {
    await expect.poll(() => readFile(record, "utf8").catch(() => "")).not.toBe("");
    return (await readFile(record, "utf8")).split("\n").filter(Boolean);
  };
}

/** Exchanges a code for a key as another account, by the shell alone; gives the status. */
async function redeemAs(uid: number, port: number, code: string): Promise<number> {
  const body = JSON.stringify({ code });
  const head = `POST /session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  const child = spawn("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${port}; cat >&3; head -n 1 <&3`], { uid, gid: uid });
  child.stdin.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
  return Number((await text(child.stdout)).split(" ")[1]);
}

const redeem = (port: number, code: string) =>
  fetch(`http://127.0.0.1:${port}/session`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });

/** The file that an opener was given, checked as far as others see it; and the code in it. */
async function openedFile(world: World, address: string): Promise<{ path: string; code: string }> {
  const path = fileURLToPath(address);
  // Browsers in a snap read nothing that is hidden.
  expect(dirname(path)).toBe(world.folder);
  expect(basename(path)).toMatch(/^unideck-open-[0-9a-f]{16}\.html$/);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const [, code = ""] = /#code=([\w-]{43})"/.exec(await readFile(path, "utf8")) ?? [];
  expect(code).not.toBe("");
  return { path, code };
}

test("serve --open gives the opener a file that only this user's browser can use, once", async () => {
  await using world = await World.create();
  const openedWith = await standIn(world, "xdg-open");
  const server = world.spawn(["serve", "--json", "--port", "0", "--open"]);
  let warnings = "";
  server.stderr.setEncoding("utf8").on("data", (piece: string) => {
    warnings += piece;
  });
  const { port } = JSON.parse(await waitForOutput(server, "\n"));

  const words = await openedWith();
  const { path, code } = await openedFile(world, words[0] ?? "");

  expect(words).toEqual([pathToFileURL(path).href]);
  if (process.getuid?.() === 0) {
    expect(await redeemAs(NOBODY, port, code)).toBe(403);
    await expect.poll(() => warnings).toContain("Another account");
  }
  expect((await redeem(port, code)).status).toBe(200);
  await expect.poll(() => readdir(world.folder)).not.toContain(basename(path));
  expect((await redeem(port, code)).status).toBe(401);
  await expect.poll(() => warnings).toContain("used twice");
});

test("the file leads a browser to the application, and is gone then", async ({ page }) => {
  await using world = await World.create();
  const { port } = await world.startServing();
  const { file } = Object(await world.unideckJson(["serve", "--file", "--port", String(port)]));

  await page.goto(pathToFileURL(file).href);

  await expect(page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  expect(page.url()).toBe(`http://127.0.0.1:${port}/`);
  expect(await readdir(world.folder)).not.toContain(basename(file));
});

test("serve prints a link, and serve --link another one at any time", async () => {
  await using world = await World.create();
  const server = world.spawn(["serve", "--port", "0"]);
  const printed = (await waitForOutput(server, "\n")).trim();
  const port = Number(new URL(printed).port);

  const { stdout } = await world.unideck(["serve", "--link"]);
  const ofPort = await world.unideckJson(["serve", "--link", "--port", String(port)]);
  const nobody = await world.unideck(["serve", "--link", "--port", "1"]);

  for (const link of [printed, stdout.trim(), Object(ofPort).url]) {
    const [, code = ""] = /^http:\/\/127\.0\.0\.1:\d+\/#code=([\w-]{43})$/.exec(link) ?? [];
    expect((await redeem(port, code)).status).toBe(200);
  }
  expect(nobody.code).not.toBe(0);
  expect(nobody.stderr).toContain("is not running on port 1");
});

test("the file goes with the server, and with npm start the browser gets such a file", async () => {
  await using world = await World.create();
  const startedWith = await standIn(world, "chromium");
  const words = `import(${JSON.stringify(pathToFileURL(join(root, "scripts/open-in-browser.mjs")).href)})
    .then(({ openInBrowser }) => openInBrowser(process.execPath, { obstacle: undefined, yes: true }))`;
  const start = world.spawnFile(process.execPath, ["-e", words]);
  const said = await waitForOutput(start, "\n", 30_000);

  const address = (await startedWith()).find((word) => word.startsWith("--app="))?.slice("--app=".length) ?? "";
  const { path } = await openedFile(world, address);
  expect(`${said} ${await startedWith()}`).not.toContain("code=");
  start.kill("SIGTERM");

  await expect.poll(() => readdir(world.folder)).not.toContain(basename(path));
});
