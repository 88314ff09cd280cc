/**
 * From a drop on the window to the program's first output in its console pane: the real page in a real browser, the real
 * engine, a real QEMU. The page marks its own moments (`unideck:…`), the instance has the others.
 *
 * A person reads the build sheet before pressing Build & run; that time is left out.
 */

import { type Browser, chromium, type Page } from "@playwright/test";
import { z } from "zod";
import { drop } from "../e2e/support/drop.ts";
import { program } from "../e2e/support/programs.ts";
import { askApi, type Serving, World } from "../e2e/support/world.ts";
import { findBrowser } from "../scripts/setup/browsers.mjs";
import { Instance } from "../shared/contract/instances.ts";
import { milestoneMs } from "./boot.ts";
import { medianOf, type Section } from "./figures.ts";

const ROUNDS = 9;
const GOAL_MS = 500;
const marks = ["drop", "inspected", "build", "console-open", "console-first-output"] as const;
/** Moments in milliseconds since 1970, as the page saw them. */
const Moments = z.record(z.enum(marks), z.number());
type Moments = z.infer<typeof Moments>;

/** Milliseconds, one part after the other. */
const parts = {
  inspect: "inspect: file handed over, looked at, sheet filled",
  build: "build: the image is written",
  disk: "disk copy, and the instance's folder",
  qemu: "QEMU, until the kernel's entry",
  kernel: "kernel, until the program is entered",
  program: "program, until its first write",
  pane: "pane: the bytes are in the terminal",
} as const;
type Part = keyof typeof parts;

export async function benchDrop(): Promise<Section> {
  const file = program("hello.c");
  await using world = await World.create();
  const serving = await world.startServing();
  const browser = await chromium.launch({ executablePath: findBrowser() });
  try {
    const dropHere = async () => dropOnce(browser, serving, await world.link(), file);
    const first = await dropHere();
    const rounds: Record<Part, number>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await dropHere());
    return {
      title: `Drop on the window to first output in the pane (static hello, 256 MiB, medians of ${ROUNDS})`,
      figures: [
        medianOf("drop to output", rounds.map(totalOf), GOAL_MS),
        ...partNames().map((part) =>
          medianOf(
            `    ${parts[part]}`,
            rounds.map((round) => round[part]),
          ),
        ),
        { name: "the very first drop on fresh homes", unit: "ms", value: totalOf(first) },
      ],
    };
  } finally {
    await browser.close();
  }
}

/** Drops, presses the button, waits for the output; the page and the instance are gone afterwards. */
async function dropOnce(browser: Browser, serving: Serving, link: string, file: string): Promise<Record<Part, number>> {
  const page = await browser.newPage();
  try {
    await page.goto(link);
    await page
      .getByRole("heading", { name: /Drop a Linux program here|Instances|Images/ })
      .first()
      .waitFor();
    await drop(page, file);
    await page.getByRole("button", { name: "Build & run" }).click();
    await page.waitForFunction((mark) => performance.getEntriesByName(mark).length > 0, "unideck:console-first-output");
    const moments = await momentsOf(page);
    await page.getByRole("status", { name: "State" }).filter({ hasText: "exited 0" }).waitFor();
    const [instance] = z.array(Instance).parse(await askApi(serving, "/instances"));
    if (!instance) throw new Error("the instance is gone");
    await askApi(serving, `/instances/${instance.id}`, "DELETE");
    return partsOf(moments, instance);
  } finally {
    await page.close();
  }
}

async function momentsOf(page: Page): Promise<Moments> {
  return Moments.parse(
    await page.evaluate(
      (names) =>
        Object.fromEntries(
          names.map((name) => [
            name,
            performance.timeOrigin + (performance.getEntriesByName(`unideck:${name}`).at(-1)?.startTime ?? Number.NaN),
          ]),
        ),
      marks,
    ),
  );
}

function partsOf(moments: Moments, instance: Instance): Record<Part, number> {
  const { created, starting, firstOutput } = instance.times;
  const [exec, firstWrite] = [milestoneMs(instance, "exec"), milestoneMs(instance, "first-write")];
  if (starting === undefined || firstOutput === undefined || exec === undefined || firstWrite === undefined)
    throw new Error("the instance does not know all of its moments");
  const entry = firstOutput - firstWrite;
  return {
    inspect: moments.inspected - moments.drop,
    build: created - moments.build,
    disk: starting - created,
    qemu: entry - starting,
    kernel: exec,
    program: firstWrite - exec,
    pane: moments["console-first-output"] - firstOutput,
  };
}

function totalOf(round: Record<Part, number>): number {
  return partNames().reduce((sum, part) => sum + round[part], 0);
}

function partNames(): Part[] {
  return ["inspect", "build", "disk", "qemu", "kernel", "program", "pane"];
}
