// `npm run package -- TARGET...`: packages of the desktop application (docs/releasing.md).

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { debArch, debControl, rpmArch, rpmSpec } from "./package/linux-packages.mjs";
import { layOutLinuxTree } from "./package/linux-tree.mjs";
import { layOut, readPackage } from "./package/stage.mjs";
import { explainFailure, Refusal, readWish, usage } from "./package/targets.mjs";
import { root } from "./setup/places.mjs";
import { fail, output, run, say } from "./setup/run.mjs";
import { setUp } from "./setup/setup.mjs";

const wish = readOrFail();
if (!wish) {
  process.stdout.write(usage);
  process.exit(0);
}
const { targets, arch, fast } = wish;
const out = resolve(wish.out ?? join(root, "build", "packages"));
const { version, description, homepage, author, license } = readPackage();
const about = { version, description, homepage, author, license, arch };
const node = await setUp("package");
layOut();
mkdirSync(out, { recursive: true });
let isApplicationMade = false;
const work = mkdtempSync(join(tmpdir(), "unideck-package-"));
try {
  for (const target of targets) make(target);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** @param {import("./package/targets.mjs").Target} target */
function make(target) {
  const startedAt = performance.now();
  const made = {
    dir: application,
    deb: makeDeb,
    rpm: makeRpm,
    AppImage: makeAppImage,
    dmg: () => makeForMac("dmg"),
    zip: () => makeForMac("zip"),
  }[target]();
  say(`Made ${made} (${((performance.now() - startedAt) / 1000).toFixed(0)} s)`);
}

/** The folder that electron-builder makes of the application; made once. */
function application() {
  const folder = join(out, applicationFolder());
  if (!isApplicationMade) {
    rmSync(folder, { recursive: true, force: true });
    build("dir", ["dir"]);
    // An Electron that was given may have an application of its own.
    rmSync(join(folder, "resources", "app"), { recursive: true, force: true });
    isApplicationMade = true;
  }
  return folder;
}

function applicationFolder() {
  const suffix = arch === "x64" ? "" : `-${arch}`;
  return process.platform === "darwin" ? `mac${suffix}` : `linux${suffix}-unpacked`;
}

/** The files as a deb and an rpm install them; laid out once. */
function linuxTree() {
  const tree = join(work, "tree");
  if (!existsSync(tree)) layOutLinuxTree(application(), tree, { version, date: new Date().toISOString().slice(0, 10) });
  return tree;
}

function makeDeb() {
  const tree = linuxTree();
  const installedKiB = Number.parseInt(output("du", ["--summarize", "--block-size=1K", tree]), 10);
  const control = join(tree, "DEBIAN");
  mkdirSync(control);
  writeFileSync(join(control, "control"), debControl(about, installedKiB));
  const file = join(out, `unideck_${version}_${debArch[arch]}.deb`);
  const compression = fast ? ["-Zgzip", "-z1"] : ["-Zxz"];
  if (!run("dpkg-deb", ["--build", "--root-owner-group", ...compression, tree, file], { quiet: true }))
    fail("deb could not be made: dpkg-deb failed.");
  rmSync(control, { recursive: true });
  return file;
}

function makeRpm() {
  const spec = join(work, "unideck.spec");
  writeFileSync(spec, rpmSpec(about, { tree: linuxTree(), fast }));
  // A database of its own: rpmbuild makes one in the home otherwise.
  const places = ["--define", `_topdir ${join(work, "rpm")}`, "--define", `_dbpath ${join(work, "rpmdb")}`];
  const words = ["-bb", ...places, "--target", rpmArch[arch], spec];
  if (!run("rpmbuild", words, { quiet: true })) fail("rpm could not be made: rpmbuild failed.");
  const folder = join(work, "rpm", "RPMS", rpmArch[arch]);
  const [name = ""] = readdirSync(folder);
  copyFileSync(join(folder, name), join(out, name));
  return join(out, name);
}

/** The application with a launcher before it, packed by electron-builder. */
function makeAppImage() {
  const folder = join(work, "appimage");
  cpSync(application(), folder, { recursive: true, verbatimSymlinks: true });
  renameSync(join(folder, "unideck-desktop"), join(folder, "unideck-desktop.bin"));
  copyFileSync(join(root, "packaging/linux/appimage-launcher"), join(folder, "unideck-desktop"));
  return build("AppImage", ["AppImage", "--prepackaged", folder]);
}

/** @param {"dmg" | "zip"} target */
function makeForMac(target) {
  const { env } = process;
  const isNotarised = Boolean(env.APPLE_API_KEY || env.APPLE_ID || env.APPLE_KEYCHAIN_PROFILE);
  if (!isNotarised) say("Not notarised: the environment has no Apple key (docs/releasing.md).");
  // A team that Apple has granted networks of the host to has a profile that says so.
  const vmnet = env.UNIDECK_PROVISIONING_PROFILE
    ? [
        `-c.mac.provisioningProfile=${env.UNIDECK_PROVISIONING_PROFILE}`,
        "-c.mac.entitlements=packaging/mac/entitlements.vmnet.plist",
      ]
    : [];
  return build(target, [target, `-c.mac.notarize=${isNotarised}`, ...vmnet]);
}

/**
 * @param {import("./package/targets.mjs").Target} target
 * @param {string[]} words electron-builder's target and options
 */
function build(target, words) {
  const before = new Set(existsSync(out) ? readdirSync(out) : []);
  const platform = process.platform === "darwin" ? "--mac" : "--linux";
  const options = [`--${arch}`, "--publish", "never", `-c.directories.output=${out}`];
  const { status, stdout, stderr } = spawnSync(
    node,
    [join(root, "node_modules/electron-builder/cli.js"), platform, ...words, ...options, ...electronOptions()],
    { cwd: root, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  rmSync(join(out, "builder-debug.yml"), { force: true });
  if (status !== 0) {
    const { sentence, hint, isDownload } = explainFailure(target, `${stdout}${stderr}`);
    if (!isDownload) say(`${stdout}${stderr}`.trimEnd());
    fail(sentence, hint);
  }
  const made = readdirSync(out).filter((name) => !before.has(name) || name.endsWith(`.${target}`));
  return made.map((name) => join(out, name)).join(", ");
}

/** Electron's version is that of its package, but for one that is given: this one is asked. */
function electronOptions() {
  if (!wish?.electron) return [];
  const electron = resolve(wish.electron);
  const binary = process.platform === "darwin" ? "Electron.app/Contents/MacOS/Electron" : "electron";
  const { stdout, error } = spawnSync(join(electron, binary), ["-p", "process.versions.electron"], {
    encoding: "utf8",
    env: { ...process.env, ELECTRON_RUN_AS_NODE: "1" },
  });
  if (error) fail(`There is no Electron in ${electron}: ${error.message}`, `It has to have the file ${binary}.`);
  return [`-c.electronDist=${electron}`, `-c.electronVersion=${stdout.trim()}`];
}

function readOrFail() {
  try {
    return readWish(process.argv.slice(2), process);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return fail(error.message, error.hint);
  }
}
