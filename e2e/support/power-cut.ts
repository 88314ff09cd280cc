/**
 * The power-cut trial. A machine runs kernel/tests/guest/power_cut.c once while QEMU records its writes and flushes; then
 * the power is cut again and again on paper: what was flushed is on the disk, of what was written after that a random part.
 * Each such disk must be sound for the engine's own reader, and hold everything that was synced.
 *
 * What was synced is known from the record itself: a write that says `STEP=n` proves that all steps before n had returned.
 */

import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findDamage } from "../../electron/engine/formats/tfs/check.ts";
import { contentsOf, findNode, openVolume, type TfsVolume } from "../../electron/engine/formats/tfs/volume.ts";
import { Random } from "../../soak/random.ts";
import { runBareMachine } from "./bare-machine.ts";
import { program } from "./programs.ts";
import { root, type World } from "./world.ts";
import { type RecordedWrite, recordedWrites } from "./write-log.ts";

const SECTOR = 512;
const PAGE = 4096;
const PAGES = 32;
const MARK = "STEP=";

export interface PowerCutOutcome {
  cuts: number;
  writes: number;
  flushes: number;
  /** The last step of which a cut disk had to hold everything. */
  lastStep: number;
}

/** Records one run of `steps` steps, and cuts its power `cuts` times. Throws at the first disk that is not as it must be. */
export async function powerCutTrial(
  world: World,
  { steps, cuts, seed }: { steps: number; cuts: number; seed: number },
): Promise<PowerCutOutcome> {
  const release = join(root, "kernel/build/release");
  const image = world.path("power-cut.img");
  const arguments_ = ["--arg", "/cut", "--arg", String(steps)];
  await world.unideckJson([
    "build",
    program("power_cut.c"),
    "--kernel",
    release,
    "--out",
    image,
    "--size",
    "40M",
    ...arguments_,
  ]);
  const before = world.path("before.img");
  copyFileSync(image, before);
  const log = world.path("writes.log");
  writeFileSync(log, "");
  await record(image, log);
  return await cutAll(readFileSync(before), [...recordedWrites(log)], steps, cuts, new Random(seed));
}

/** Runs the machine to its end. Throws with its console if it did not end well. */
async function record(image: string, log: string): Promise<void> {
  const said = await runBareMachine([
    ...["-blockdev", `driver=file,filename=${image},node-name=disk`],
    ...["-blockdev", `driver=file,filename=${log},node-name=log`],
    ...["-blockdev", "driver=blklogwrites,file=disk,log=log,log-sector-size=512,node-name=recorded"],
    ...["-device", "virtio-blk-device,drive=recorded"],
  ]);
  if (!/^done\r?$/m.test(said)) throw new Error(`the recorded run failed: ${said}`);
}

async function cutAll(
  disk: Buffer,
  writes: readonly RecordedWrite[],
  steps: number,
  cuts: number,
  random: Random,
): Promise<PowerCutOutcome> {
  const places = Array.from({ length: cuts }, () => random.between(0, writes.length)).sort((a, b) => a - b);
  const expected = new Expected();
  let safe = 0; // entries that are on `disk` for good
  let seen = 0; // entries that were looked at for steps
  let step = 0;
  for (const place of places) {
    for (; seen < place; seen++) {
      const write = writes[seen];
      if (write) step = Math.max(step, stepIn(write.data));
      if (!write?.isFlush) continue;
      for (; safe <= seen; safe++) apply(disk, writes[safe]);
    }
    const cut = Buffer.from(disk);
    const chance = random.next();
    for (const write of writes.slice(safe, place)) applyPart(cut, write, random, chance);
    await check(cut, expected, step).catch((error) => {
      throw new Error(`cut at write ${place} of ${writes.length}, during step ${step} of ${steps}: ${error.message}`);
    });
  }
  return { cuts, writes: writes.length, flushes: writes.filter(({ isFlush }) => isFlush).length, lastStep: step };
}

function apply(disk: Buffer, write: RecordedWrite | undefined): void {
  write?.data.copy(disk, write.offset);
}

/** A sector is written whole or not at all; a write of many may be torn between them. */
function applyPart(disk: Buffer, write: RecordedWrite, random: Random, chance: number): void {
  const torn = random.isLikely(0.3);
  const whole = random.isLikely(chance);
  for (let at = 0; at < write.data.length; at += SECTOR)
    if (torn ? random.isLikely(0.5) : whole) write.data.copy(disk, write.offset + at, at, at + SECTOR);
}

/** The last step that data tells of; appended data begins anywhere in a sector. */
function stepIn(data: Buffer): number {
  let step = 0;
  for (let at = data.indexOf(MARK); at >= 0; at = data.indexOf(MARK, at + 1))
    step = Math.max(step, Number(data.toString("latin1", at + MARK.length, at + MARK.length + 8)) || 0);
  return step;
}

/** What step `step` writes (text_of in power_cut.c). */
function textOf(step: number, length: number): Buffer {
  const digits = String(step);
  const lines: string[] = [];
  for (let at = 0; at < length; at += SECTOR)
    lines.push(
      `STEP=${digits.padStart(8, "0")};AT=${String(at).padStart(8, "0")};${digits.padStart(SECTOR - 27, "0")}\n`,
    );
  return Buffer.from(lines.join(""), "latin1").subarray(0, length);
}

const lengthOf = (step: number): number => 30 + ((step * 7919) % 9000);

/** What there must be once all steps before a given one are done. */
class Expected {
  readonly logs = [0, 1, 2].map(() => Buffer.alloc(0));
  state = 0;
  readonly files = new Set<number>();
  readonly gone = new Set<number>();
  readonly pages = new Map<number, number>();
  readonly mapped = new Map<number, number>();
  #done = 0;

  /** Goes on to the state in which all steps before `step` are done. */
  advance(step: number): void {
    while (this.#done < step - 1) {
      const done = ++this.#done;
      const log = Math.floor(done / 6) % 3;
      switch (done % 6) {
        case 0:
          this.logs[log] = Buffer.concat([this.logs[log] ?? Buffer.alloc(0), textOf(done, lengthOf(done))]);
          break;
        case 1:
          this.state = done;
          break;
        case 2:
          this.files.add(done);
          break;
        case 3:
          if (isRemoving(done) && this.files.delete(done - 13)) this.gone.add(done - 13);
          break;
        case 4:
          this.pages.set(done % PAGES, done);
          break;
        default:
          this.mapped.set(done % PAGES, done);
      }
    }
  }
}

const isRemoving = (step: number): boolean => step >= 13 && Math.floor(step / 6) % 2 === 1;

/** Looks at a disk on which all steps before `step` were done, and of `step` perhaps a part. */
async function check(disk: Buffer, expected: Expected, step: number): Promise<void> {
  const volume = await openVolume(rootOf(disk));
  const damage = findDamage(volume);
  if (damage.length > 0) throw new Error(damage.join("; "));
  expected.advance(step);
  if (step === 0) return;
  for (const [index, known] of expected.logs.entries()) {
    const isNow = step % 6 === 0 && Math.floor(step / 6) % 3 === index;
    await checkLog(
      volume,
      `/cut/log-${index}`,
      known,
      isNow ? Buffer.concat([known, textOf(step, lengthOf(step))]) : known,
    );
  }
  await checkState(volume, expected.state, step);
  for (const file of expected.files) {
    // A step that only removes tells nothing of itself: it may have begun after the last one that does.
    const removedNow = (step + 1) % 6 === 3 && isRemoving(step + 1) && step + 1 - 13 === file;
    const found = await read(volume, `/cut/files/${file}`);
    if (!found && removedNow) continue;
    if (!found?.equals(textOf(file, lengthOf(file) * 4)))
      throw new Error(
        `/cut/files/${file} was synced and is ${found ? `not whole (${found.length} bytes)` : "not there"}`,
      );
  }
  for (const file of expected.gone)
    if (findNode(volume, `/cut/files/${file}`)) throw new Error(`/cut/files/${file} was removed and is there`);
  await checkPages(volume, "/cut/pages", expected.pages, step % 6 === 4 ? step : 0);
  await checkPages(volume, "/cut/mapped", expected.mapped, step % 6 === 5 ? step : 0);
}

function rootOf(disk: Buffer) {
  const entry = 0x1be + 16;
  const base = disk.readUInt32LE(entry + 8) * SECTOR;
  const bytes = disk.subarray(base);
  return {
    sizeBytes: bytes.length,
    read: async (offset: number, length: number) => Buffer.from(bytes.subarray(offset, offset + length)),
  };
}

async function read(volume: TfsVolume, path: string): Promise<Buffer | undefined> {
  const node = findNode(volume, path);
  if (!node) return undefined;
  const contents = contentsOf(volume, node);
  return await contents.read(0, contents.sizeBytes);
}

/** A log holds all that was synced; of what is being appended a beginning, and nothing else. */
async function checkLog(volume: TfsVolume, path: string, least: Buffer, most: Buffer): Promise<void> {
  const found = (await read(volume, path)) ?? Buffer.alloc(0);
  if (found.length < least.length)
    throw new Error(`${path} has ${found.length} bytes, and ${least.length} were synced`);
  if (!found.equals(most.subarray(0, found.length))) throw new Error(`${path} holds something that was not written`);
}

/** The file that is replaced is always one version, whole. */
async function checkState(volume: TfsVolume, least: number, step: number): Promise<void> {
  const found = await read(volume, "/cut/state");
  if (!found) {
    if (least > 0) throw new Error("/cut/state is gone");
    return;
  }
  const version = stepIn(found);
  if (version !== least && version !== step) throw new Error(`/cut/state is version ${version}, not ${least}`);
  if (!found.equals(textOf(version, lengthOf(version)))) throw new Error(`/cut/state is not whole`);
}

/** Every page is its last version; sectors of the one that is being written may be that. */
async function checkPages(
  volume: TfsVolume,
  path: string,
  pages: ReadonlyMap<number, number>,
  now: number,
): Promise<void> {
  const found = await read(volume, path);
  for (const [page, version] of pages) {
    for (let at = 0; at < PAGE; at += SECTOR) {
      const sector = found?.subarray(page * PAGE + at, page * PAGE + at + SECTOR);
      const matches = (step: number): boolean => sector?.equals(textOf(step, PAGE).subarray(at, at + SECTOR)) ?? false;
      if (!matches(version) && !(now % PAGES === page && now > 0 && matches(now)))
        throw new Error(`${path}: page ${page} is not its version ${version}`);
    }
  }
}
