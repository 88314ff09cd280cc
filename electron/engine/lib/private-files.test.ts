import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { temporaryFolder } from "../images/testing.ts";
import { lockHolder, takeLock } from "./folder-lock.ts";
import { privately, repairHome, setMode } from "./private-files.ts";

const modeOf = (path: string) => lstatSync(path).mode & 0o777;

function put(path: string, mode: number): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  chmodSync(path, mode);
  return path;
}

/** A home as earlier versions left it. */
function openHome(home: string) {
  const path = (name: string) => join(home, name);
  const made = {
    folder: path("instances/1/captures"),
    record: put(path("instances/1/instance.json"), 0o644),
    capture: put(path("instances/1/captures/en1.pcap"), 0o644),
    lock: put(path("engine.lock"), 0o666),
    settings: put(path("settings.json"), 0o644),
    program: put(path("uploads/1/run"), 0o755),
  };
  for (const folder of [home, path("instances"), path("instances/1"), made.folder]) chmodSync(folder, 0o755);
  return made;
}

afterEach(() => vi.unstubAllEnvs());

describe("a home that others may read", () => {
  it("is taken from them with all that is in it", async () => {
    using folder = temporaryFolder();
    chmodSync(folder.path, 0o755);
    const made = openHome(folder.path);

    await repairHome(folder.path);

    expect([folder.path, made.folder].map(modeOf)).toEqual([0o700, 0o700]);
    expect([made.record, made.capture, made.settings].map(modeOf)).toEqual(Array(3).fill(0o600));
    expect(modeOf(made.program)).toBe(0o700);
  });

  it.runIf(process.platform === "linux")("stays locked by this process, whose lock is its own alone", async () => {
    using folder = temporaryFolder();
    const made = openHome(folder.path);
    const lock = takeLock(folder.path);

    await repairHome(folder.path);

    expect(await lockHolder(folder.path)).toBe(process.pid);
    expect(modeOf(made.lock)).toBe(0o600);
    lock?.release();
  });

  it("is gone through once, and again when somebody has opened it", async () => {
    using folder = temporaryFolder();
    const { record } = openHome(folder.path);
    await repairHome(folder.path);
    chmodSync(record, 0o644);

    await repairHome(folder.path);
    expect(modeOf(record)).toBe(0o644);

    chmodSync(folder.path, 0o755);
    await repairHome(folder.path);
    expect([folder.path, record].map(modeOf)).toEqual([0o700, 0o600]);
  });

  it("is no way to files elsewhere, nor to what Unideck did not make", async () => {
    using folder = temporaryFolder();
    const home = join(folder.path, "home");
    const elsewhere = put(join(folder.path, "elsewhere/file"), 0o644);
    const twin = put(join(folder.path, "twin"), 0o644);
    const foreign = put(join(home, "photos/me.jpg"), 0o644);
    mkdirSync(join(home, "instances"));
    symlinkSync(elsewhere, join(home, "settings.json"));
    symlinkSync(dirname(elsewhere), join(home, "logs"));
    symlinkSync(dirname(elsewhere), join(home, "instances/1"));
    linkSync(twin, join(home, "instances/twin"));
    execFileSync("mkfifo", ["-m", "644", join(home, "instances/pipe")]);

    await repairHome(home);

    expect([elsewhere, twin, foreign, join(home, "instances/pipe")].map(modeOf)).toEqual(Array(4).fill(0o644));
  });

  it("keeps its own rights where it is the user's home, or one for all such as /tmp", async () => {
    using folder = temporaryFolder();
    const [user, shared] = [join(folder.path, "user"), join(folder.path, "shared")];
    for (const path of [user, shared]) mkdirSync(path);
    chmodSync(user, 0o755);
    chmodSync(shared, 0o1777);
    vi.stubEnv("HOME", join(user, "me"));

    for (const path of [user, shared]) await repairHome(path);

    expect([statSync(user).mode & 0o7777, statSync(shared).mode & 0o7777]).toEqual([0o755, 0o1777]);
  });
});

describe("permissions", () => {
  it("are given to others only as far as the owner has them", async () => {
    using folder = temporaryFolder();
    const [image, program] = [put(join(folder.path, "image"), 0o600), put(join(folder.path, "program"), 0o700)];

    expect([await setMode(image, 0o644), await setMode(program, 0o755), await setMode(image, 0o644)]).toEqual([
      true,
      true,
      false,
    ]);

    expect([image, program].map(modeOf)).toEqual([0o644, 0o755]);
  });

  it.runIf(process.getuid?.() === 0)("of another account's file stay as they are", async () => {
    using folder = temporaryFolder();
    const path = put(join(folder.path, "file"), 0o644);
    execFileSync("chown", ["12345", path]);

    expect(await setMode(path, 0o600)).toBe(false);

    expect(modeOf(path)).toBe(0o644);
  });
});

describe("what is made privately", () => {
  it("is its owner's alone, and the umask is as it was", () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "file");
    const before = process.umask(0);

    try {
      privately(() => writeFileSync(path, ""));
      expect(() => privately(() => rmSync(join(path, "none"), { recursive: true }))).toThrow("ENOTDIR");

      expect(existsSync(path) && modeOf(path)).toBe(0o600);
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(before);
    }
  });
});
