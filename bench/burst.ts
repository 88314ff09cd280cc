/** A guest that prints a hundred megabytes at once, watched by a page: what arrives, how the page draws, what the engine holds. */

import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { chromium } from "@playwright/test";
import { z } from "zod";
import { program } from "../e2e/support/programs.ts";
import { askApi, type Serving, World } from "../e2e/support/world.ts";
import { findBrowser } from "../scripts/setup/browsers.mjs";
import { Instance } from "../shared/contract/instances.ts";
import type { Section } from "./figures.ts";

/** Of 57 bytes each. */
const LINES = 1_760_000;
const LINE_BYTES = 57;
const LOOK_EVERY_MS = 200;
const LIMIT_MS = 600_000;
const MEBIBYTE = 2 ** 20;

export async function benchBurst(): Promise<Section> {
  await using world = await World.create();
  const host = await world.startServing();
  await world.unideckJson(["build", program("output.c"), "--name", "burst", "--arg", String(LINES)]);
  const browser = await chromium.launch({ executablePath: findBrowser() });
  try {
    const page = await browser.newPage();
    await page.goto(await world.link(host.port));
    await page.getByRole("heading", { name: "Drop a Linux program here" }).waitFor();
    const before = await memoryOf(host.process.pid);
    world.spawn(["run", "--json", "burst"]).stdout.resume();
    await page.getByRole("option", { name: /burst/ }).click();
    await page.getByRole("tab", { name: "Console" }).click();
    await page.evaluate(countFrames);
    const startedAt = performance.now();
    let most = before;
    let keeperMost = 0;
    let instance = await onlyInstance(host);
    while (instance.state !== "exited" && performance.now() - startedAt < LIMIT_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      most = Math.max(most, await memoryOf(host.process.pid));
      keeperMost = Math.max(keeperMost, await memoryOf(keeperOf(world)));
      instance = await onlyInstance(host);
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const frames = z.number().parse(await page.evaluate("window.unideckFrames"));
    if (instance.consoleBytes < LINES * LINE_BYTES)
      throw new Error(`${instance.consoleBytes} bytes of console of ${LINES * LINE_BYTES}`);
    return {
      title: "A burst of 100 MB, watched by a page (emulated)",
      figures: [
        { name: "the guest prints", unit: "MB/s", value: instance.consoleBytes / 1e6 / seconds },
        { name: "a frame of the page takes meanwhile", unit: "ms", value: (seconds * 1000) / frames, goal: 33.3 },
        { name: "memory of the engine grows by", unit: "MiB", value: (most - before) / MEBIBYTE, goal: 64 },
        { name: "the keeper is resident with", unit: "MiB", value: keeperMost / MEBIBYTE, goal: 57 },
      ],
    };
  } finally {
    await browser.close();
  }
}

/** In the page. */
function countFrames(): void {
  const counted = Object.assign(window, { unideckFrames: 0 });
  const count = () => {
    counted.unideckFrames++;
    requestAnimationFrame(count);
  };
  count();
}

async function onlyInstance(host: Serving): Promise<Instance> {
  const [one] = z.array(Instance).parse(await askApi(host, "/instances"));
  if (!one) throw new Error("the instance is gone");
  return one;
}

function keeperOf({ folder }: World): number | undefined {
  const table = execFileSync("ps", ["-eo", "pid=,args="], { encoding: "utf8" }).split("\n");
  const row = table.find((line) => line.includes("keeper.js") && line.includes(folder));
  return row === undefined ? undefined : Number.parseInt(row, 10);
}

/** Resident, in bytes; 0 where the process is gone. */
async function memoryOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}
