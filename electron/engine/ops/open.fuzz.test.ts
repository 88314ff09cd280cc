/** Configurations in which something is not as it should be: each is opened, or refused with a reason. Nothing else. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Configuration } from "../../../shared/contract/configurations.ts";
import { isObject } from "../../../shared/ops-config.ts";
import { Problem } from "../../../shared/problem.ts";
import { testWorld } from "../images/testing.ts";
import { mutate, randomNumbers } from "../lib/mutation.testing.ts";
import { openConfiguration } from "./open.ts";

const seed = {
  Args: ["--port", "80"],
  Env: { A: "b" },
  Files: ["data/one"],
  Dirs: ["data"],
  MapDirs: { "data/*": "/srv", "data/*.txt": "/txt" },
  Program: "data/one",
  Klibs: ["ntp"],
  KlibDir: "data",
  NameServers: ["1.1.1.1"],
  Debugflags: ["noaslr"],
  NoTrace: ["read"],
  RebootOnExit: true,
  ManifestPassthrough: { list: ["a", { k: "v" }] },
  BaseVolumeSz: "64m",
  TargetRoot: ".",
  LocalFilesParentDirectory: ".",
  Mounts: { data: "/data" },
  RunConfig: { Memory: "128m", Ports: ["80", "90-91"], UDPPorts: ["53"], CPUs: 2, IPAddress: "1.2.3.4", Nics: [{}] },
  CloudConfig: { Platform: "gcp" },
};

const odd: unknown[] = [
  ...[
    null,
    true,
    -1,
    1e308,
    "",
    " ",
    "\0",
    "/",
    "..",
    "../..",
    "/../x",
    "*",
    "[",
    "a/[",
    "=",
    "$A",
    "%0",
    "9".repeat(400),
  ],
  ...[[], [[]], [null], [""], ["\0"], {}, { "": "" }, { "=": "a" }, { __proto__: null }, { a: { b: {} } }],
];

/** A copy in which one value, somewhere, is replaced, taken away, or stands under another name. */
function disturb(value: unknown, random: (below: number) => number): unknown {
  const pick = () => structuredClone(odd[random(odd.length)]);
  const isInner = random(4) > 0;
  if (Array.isArray(value) && value.length > 0 && isInner) {
    const at = random(value.length);
    return value.map((inner, index) => (index === at ? disturb(inner, random) : inner));
  }
  if (!isObject(value) || Object.keys(value).length === 0 || !isInner) return pick();
  const entries = Object.entries(value);
  const at = random(entries.length);
  const [key = "", inner] = entries[at] ?? [];
  const kind = random(8);
  if (kind === 0) entries.splice(at, 1);
  else if (kind === 1) entries[at] = [["__proto__", "", `${key}x`, "a=b", "\0"][random(5)] ?? "", inner];
  else entries[at] = [key, disturb(inner, random)];
  return Object.fromEntries(entries);
}

it("a disturbed configuration is opened or refused with a reason, always", async () => {
  using world = testWorld();
  const folder = join(world.folder, "conf");
  mkdirSync(join(folder, "data"), { recursive: true });
  writeFileSync(join(folder, "data/one"), "one");
  const random = randomNumbers(20261124);
  const counts = { read: 0, opened: 0 };
  const runs = 1200;

  for (let run = 0; run < runs; run++) {
    let config: unknown = seed;
    for (let times = 1 + random(3); times > 0; times--) config = disturb(config, random);
    const text = Buffer.from(JSON.stringify(config) ?? "null");
    const path = join(folder, run % 5 === 0 ? "package.manifest" : "config.json");
    writeFileSync(path, random(6) === 0 ? mutate(text, 0, text.length, random) : text);
    try {
      const opened = await openConfiguration({ path, variables: random(2) ? { A: "x" } : undefined }, world.homes);
      expect(Configuration.parse(opened)).toEqual(opened);
      counts.opened++;
      counts.read++;
    } catch (error) {
      if (!(error instanceof Problem)) throw new Error(`run ${run}: ${text}`, { cause: error });
      expect([error.code, error.hint]).toEqual(["config.invalid", expect.stringMatching(/./)]);
      if (!/is not valid JSON|is not an OPS configuration/.test(error.message)) counts.read++;
    }
  }

  console.log(`OPS configuration: of ${runs} inputs ${counts.read} were read as JSON, ${counts.opened} were opened`);
  expect(counts.read).toBeGreaterThan(runs / 2);
  expect(counts.opened).toBeGreaterThan(runs / 20);
}, 60_000);
