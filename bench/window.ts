/** The desktop application beside an empty Electron window: start, memory, and a drop beside the browser's. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root } from "../e2e/support/world.ts";
import { desktopCommand, desktopPlace } from "../scripts/desktop-run.mjs";
import { medianOf, type Section } from "./figures.ts";

/** What the process in the display measures. */
export interface WindowFigures {
  emptyMs: number[];
  usableMs: number[];
  emptyPssBytes: number;
  runningPssBytes: number;
  browserMs: number[];
  desktopMs: number[];
}

const MIB = 2 ** 20;
/** Goals: times the empty window's start, bytes beyond its memory, times the browser's drop. */
const GOALS = { start: 2, memoryBytes: 120 * MIB, drop: 1.2 };

export async function benchWindow(): Promise<Section> {
  const figures = await measure();
  const empty = medianOf("empty Electron window, until it is drawn", figures.emptyMs);
  const browser = medianOf("drop to first output, in a browser", figures.browserMs);
  return {
    title: "Desktop application (Electron of the tests; 1000 images, 50 instances; memory: PSS without QEMU)",
    figures: [
      empty,
      medianOf("Unideck, until an instance is shown", figures.usableMs, empty.value * GOALS.start),
      { name: "memory of the empty window", unit: "MiB", value: figures.emptyPssBytes / MIB },
      {
        name: "memory with 10 running instances",
        unit: "MiB",
        value: figures.runningPssBytes / MIB,
        goal: (figures.emptyPssBytes + GOALS.memoryBytes) / MIB,
      },
      browser,
      medianOf("drop to first output, in the application", figures.desktopMs, browser.value * GOALS.drop),
    ],
  };
}

async function measure(): Promise<WindowFigures> {
  const folder = mkdtempSync(join(tmpdir(), "unideck-bench-"));
  try {
    const place = desktopPlace(folder, root);
    const [command = "", ...words] = desktopCommand([process.execPath, join(root, "bench/window-process.ts")], place);
    const child = spawn(command, words, {
      cwd: root,
      env: { ...process.env, ...(place.isRoot && { HOME: join(folder, "home") }) },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await Promise.all([text(child.stdout), once(child, "close")]);
    return JSON.parse(output.trim().split("\n").at(-1) ?? "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
