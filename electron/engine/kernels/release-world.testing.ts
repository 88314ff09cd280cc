/** What tests of releases need: archives of them, a release site, and a store with homes of its own. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serveFiles } from "../downloads/file-server.testing.ts";
import { makeElf } from "../formats/elf/make-elf.ts";
import { makeTarGz, type TarEntry } from "../formats/tar/make-tar.testing.ts";
import { release, type TestWorld, testWorld } from "../images/testing.ts";
import { EventHub } from "../lib/event-hub.ts";
import { SettingsFile } from "../settings/settings-file.ts";
import { TaskList } from "../tasks/task-list.ts";
import { ReleaseStore } from "./release-store.ts";

export const nanosKernel = makeElf({ data: Buffer.from("\0uname\0NANOS_VERSION\0") });
export const armKernel = makeElf({ machine: 183, data: Buffer.from("\0uname\0NANOS_VERSION\0") });
const bootLoader = readFileSync(join(release, "boot.img"));

interface ArchiveOptions {
  /** Makes it another archive of the same shape. */
  mark?: string;
  without?: string;
  kernel?: Buffer;
  boot?: Buffer;
  more?: TarEntry[];
  /** A folder that everything stands in. */
  inside?: string;
}

/** An archive as the release site has them. */
export function releaseArchive(spec: ArchiveOptions = {}): Promise<Buffer> {
  const { mark = "", without, kernel = nanosKernel, boot = bootLoader, more = [], inside = "" } = spec;
  const entries: TarEntry[] = [
    { name: "boot.img", content: boot },
    { name: "kernel.img", content: kernel },
    { name: "klibs/ntp", content: `ntp ${mark}` },
    { name: "klibs/tls", content: "tls" },
    ...more,
  ];
  const wanted = entries.filter(({ name }) => name !== without);
  return makeTarGz(wanted.map((entry) => ({ ...entry, name: inside + entry.name })));
}

/** Where the site has a version. */
export const pathOf = (version: string) =>
  version === "nightly"
    ? "/release/nightly/nanos-nightly-linux.tar.gz"
    : `/release/${version}/nanos-release-linux-${version}.tar.gz`;

/** The newest is 0.1.54. */
export async function releaseSite() {
  return await serveFiles({
    "/release/latest.txt": { bytes: Buffer.from("0.1.54\n") },
    [pathOf("0.1.54")]: { bytes: await releaseArchive(), etag: '"54"' },
    [pathOf("0.1.9")]: { bytes: await releaseArchive({ mark: "old" }), etag: '"9"' },
    [pathOf("nightly")]: { bytes: await releaseArchive({ mark: "tonight" }), etag: '"n"' },
  });
}

export interface StoreWorld extends TestWorld {
  store: ReleaseStore;
  tasks: TaskList;
  settings: SettingsFile;
  events: EventHub;
}

/** A store that downloads from `address`. */
export async function storeWorld(address: string): Promise<StoreWorld> {
  const world = testWorld();
  const { homes, kernels } = world;
  const events = new EventHub();
  const settings = await SettingsFile.open({ home: homes.unideck, events, warn: () => {} });
  await settings.change({ kernels: { releaseAddress: `${address}release` } });
  const tasks = new TaskList(events);
  const patience = { stallMs: 1000, retryMs: 1, attempts: 2 };
  const store = new ReleaseStore({ homes, kernels, tasks, settings, events, patience });
  return { ...world, store, tasks, settings, events };
}
