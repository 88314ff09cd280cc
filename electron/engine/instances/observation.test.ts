import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { instanceFiles } from "../hypervisors/instance-files.ts";
import { Console } from "./console.ts";
import { Observation } from "./observation.ts";

let folder: string;
let watched: Observation;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "unideck-observation-"));
  const files = instanceFiles(folder, folder);
  await writeFile(files.events, "");
  const console = new Console({
    indexPath: files.consoleIndex,
    timesPath: files.consoleTimes,
    logs: { serial: files.serialLog, virtio: files.virtioLog },
    serialPart: "kernel",
  });
  watched = new Observation({
    ...{ console, files, consoleFrom: 0, eventsFrom: 0 },
    startedAt: Date.now() - 60_000,
    reportsEvents: true,
  });
});
afterEach(() => rm(folder, { recursive: true }));

const firstWrite = () => appendFile(join(folder, "events.jsonl"), '{"event":"first-write","t":1000000}\n');

test("the first output has its moment", async () => {
  await firstWrite();

  await watched.look();

  expect(watched.signs.firstOutputSource).toBe("program");
});

test("what a program says only after a person has typed is an answer, not its first output", async () => {
  watched.noteTyping();
  await firstWrite();

  await watched.look();

  expect(watched.signs.milestones).toHaveLength(1);
  expect(watched.signs.firstOutput).toBeUndefined();
});
