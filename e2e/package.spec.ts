/** Packages of the desktop application: what is in them, and that it runs from there, installed and removed. */

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FuseState, FuseV1Options, getCurrentFuseWire } from "@electron/fuses";
import { expect, test } from "@playwright/test";
import { findResources } from "../electron/engine/lib/resources.ts";
import { asRoot, call, emptyDpkgRoot, filesIn, makePackages, openPackaged, worldOf } from "./support/packaged.ts";
import { program } from "./support/programs.ts";
import { terminal } from "./support/window.ts";
import { root, waitForOutput } from "./support/world.ts";

const bin = (name: string) => join(root, "node_modules/.bin", name);
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

let out: string;
let application: string;
test.beforeAll(() => {
  test.setTimeout(300_000);
  out = mkdtempSync(join(tmpdir(), "unideck-packages-"));
  call("chmod", "755", out);
  makePackages(out);
  application = join(out, "linux-unpacked");
});
test.afterAll(() => rmSync(out, { recursive: true, force: true }));

/** What a package may have below its folder: the files of Electron, and ours. */
const allowed = [
  /^(unideck-desktop|chrome-sandbox|chrome_crashpad_handler)$/,
  /^lib(EGL|GLESv2|ffmpeg|vk_swiftshader)\.so$/,
  /^libvulkan\.so\.1$/,
  /^(chrome_[12]00_percent|resources|locales\/en-US)\.pak$/,
  /^(icudtl\.dat|snapshot_blob\.bin|v8_context_snapshot\.bin|vk_swiftshader_icd\.json)$/,
  /^(LICENSE\.electron\.txt|LICENSES\.chromium\.html)$/,
  /^resources\/(app\.asar|LICENSE\.txt|THIRD-PARTY-NOTICES\.txt|bin\/unideck)$/,
  /^resources\/(kernel\/(kernel|boot)\.img|samples\/hello|network\/unideck-network-helper)$/,
  /^resources\/app\.asar\.unpacked\/package\.json$/,
  /^resources\/app\.asar\.unpacked\/out\/main\/(package\.json|(cli|switch|keeper|engine-host)\.js|chunks\/[\w.-]+\.js)$/,
  /^resources\/app\.asar\.unpacked\/out\/renderer\/(index\.html|assets\/[\w.-]+\.(js|css|woff2|svg|png))$/,
];
/** What only the archive has. */
const archived = [/^\/package\.json$/, /^\/out\/main\/main\.js$/, /^\/out\/preload\/preload\.cjs$/];

test("a package has what is on the list, and nothing else", () => {
  const files = filesIn(application);
  const inArchive = call(bin("asar"), "list", join(application, "resources/app.asar")).trim().split("\n");

  expect(files.filter((file) => !allowed.some((pattern) => pattern.test(file)))).toEqual([]);
  for (const pattern of allowed)
    expect(
      files.some((file) => pattern.test(file)),
      `${pattern}`,
    ).toBe(true);
  const unpacked = (path: string) => files.some((file) => file.startsWith(`resources/app.asar.unpacked${path}`));
  expect(inArchive.filter((path) => !unpacked(path) && !archived.some((one) => one.test(path)))).toEqual([
    "/out/preload",
  ]);
  const scripts = files.filter((file) => file.endsWith(".js"));
  const mapped = scripts.filter((file) => readFileSync(join(application, file), "utf8").includes("sourceMappingURL="));
  expect(mapped).toEqual([]);
});

test("every resource is a real file of the package", () => {
  const { version: found, ...paths } = findResources(join(application, "resources/app.asar.unpacked/out/main"));

  expect(found).toBe(version);
  for (const path of Object.values(paths))
    if (statSync(path).isDirectory()) expect(readdirSync(path), path).not.toEqual([]);
    else expect(readFileSync(path).length, path).toBeGreaterThan(0);
});

test("the fuses are those of a release", async () => {
  const fuses = await getCurrentFuseWire(join(application, "unideck-desktop"));

  const states = [
    [FuseV1Options.RunAsNode, FuseState.ENABLE],
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable, FuseState.DISABLE],
    [FuseV1Options.EnableNodeCliInspectArguments, FuseState.DISABLE],
    [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, FuseState.ENABLE],
    [FuseV1Options.OnlyLoadAppFromAsar, FuseState.ENABLE],
    [FuseV1Options.GrantFileProtocolExtraPrivileges, FuseState.DISABLE],
  ] as const;
  expect(states.map(([fuse]) => [fuse, fuses[fuse]])).toEqual(states);
});

test("it runs the sample in its window, a private network, and the command line, in a new home", async () => {
  await using world = await worldOf(join(application, "resources/bin/unideck"));
  using window = await openPackaged(world, join(application, "unideck-desktop"));
  const { page } = window;

  await page.getByRole("button", { name: "Try the sample" }).click();

  await expect(terminal(page)).toContainText("hello from a unikernel", { timeout: 90_000 });
  expect(await world.unideck(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
  expect(await world.unideckJson(["ps", "--all"])).toEqual([expect.objectContaining({ name: "hello" })]);
  await world.unideckJson(["network", "create", "lan"]);
  const ticker = world.spawn(["run", program("ticker.c"), "--network", "lan", "--arg", "100000", "--arg", "10000"]);
  await waitForOutput(ticker, "tick 3", 60_000);
  const commands = readdirSync("/proc").flatMap((pid) => commandOf(pid));
  const ours = commands.filter((words) => words.some((word) => word.startsWith(world.folder)));
  const switchProgram = join(application, "resources/app.asar.unpacked/out/main/switch.js");
  expect(ours.filter((words) => words.includes(switchProgram))).toHaveLength(1);
  await world.unideckJson(["kill", "ticker"]);
  await window.close();
});

test("the deb is installed with what it depends on, starts, and is removed without a trace", async () => {
  const deb = join(out, `unideck_${version}_amd64.deb`);
  const depends = call("dpkg-deb", "--field", deb, "Depends");
  const installation = join(out, "root");
  emptyDpkgRoot(installation, depends);
  const dpkg = (...words: string[]) => {
    const [command = "", ...args] = [...asRoot, "dpkg", `--root=${installation}`, `--log=${out}/dpkg.log`, ...words];
    return call(command, ...args);
  };
  const before = listing(installation);

  dpkg("--install", deb);

  expect(statSync(join(installation, "opt/unideck/chrome-sandbox")).mode & 0o7777).toBe(0o4755);
  const files = filesIn(installation).filter((file) => !file.startsWith("var/lib/dpkg/"));
  expect(files.filter((file) => !file.startsWith("opt/unideck/")).map((file) => file.replace(/\d+x\d+/, "N"))).toEqual(
    expect.arrayContaining([
      "usr/bin/unideck",
      "usr/bin/unideck-desktop",
      "usr/share/applications/unideck.desktop",
      "usr/share/doc/unideck/copyright",
      "usr/share/icons/hicolor/N/apps/unideck.png",
      "usr/share/icons/hicolor/scalable/apps/unideck.svg",
      "usr/share/metainfo/example.unideck.Unideck.metainfo.xml",
      "usr/share/mime/packages/unideck.xml",
    ]),
  );
  const ofRpm = askRpm("-qpl").trim().split("\n");
  expect(files.filter((file) => !ofRpm.includes(`/${file}`))).toEqual([]);
  await using world = await worldOf(join(installation, "usr/bin/unideck"));
  using window = await openPackaged(world, join(installation, "usr/bin/unideck-desktop"));
  await expect(window.page.getByRole("heading", { name: "Drop a Linux program here" })).toBeVisible();
  expect(await world.unideck(["ps", "--json"])).toMatchObject({ code: 0, stdout: "[]\n" });
  await window.close();

  dpkg("--purge", "unideck");

  expect(listing(installation)).toEqual(before);
});

test("the rpm requires QEMU, and its sandbox helper is root's", () => {
  expect(askRpm("-qp", "--requires")).toContain("qemu-system-x86");
  expect(askRpm("-qp", "--scripts")).toBe("");
  expect(askRpm("-qplv")).toMatch(/^-rwsr-xr-x +1 root +root .*\/opt\/unideck\/chrome-sandbox$/m);
});

/** What the package for rpm says of itself. With a database of its own: rpm makes one in the home otherwise. */
function askRpm(...words: string[]): string {
  return call("rpm", "--dbpath", join(out, "rpmdb"), ...words, join(out, `unideck-${version}-1.x86_64.rpm`));
}

/** Files and folders without dpkg's own. */
function listing(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith("var"))
    .sort();
}

function commandOf(pid: string): string[][] {
  try {
    return /^\d+$/.test(pid) ? [readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")] : [];
  } catch {
    return [];
  }
}
