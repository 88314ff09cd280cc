/** The helper script itself, in a network of the test's own: nothing of the host's is touched. */

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { BridgeHelper, exposedPart, helperProblem } from "./helper.ts";
import { NetworkNamespace, type Said } from "./namespace.testing.ts";

const helper = join(import.meta.dirname, "../../../../resources/network/unideck-network-helper");
const FOLDER = "/run/unideck/network";
let here: NetworkNamespace;

beforeAll(async () => {
  here = await NetworkNamespace.create();
});
afterAll(() => here.close());

const stepsOf = (bridge: string) => [
  ...["bridge", bridge, "02:00:00:00:00:01", "tap", `${bridge}-t0`, "0", "join", `${bridge}-t0`, bridge],
  ...["up", `${bridge}-t0`, "up", bridge, "address-add", bridge, "10.9.1.1/24", "10.9.1.255", "global"],
  ...["-", "metric7", "-", "-", "route-add", bridge, "10.8.0.0/16", "10.9.1.2", "static", "-", "-", "50", "-"],
];
const apply = (bridge: string, seconds: number, steps = stepsOf(bridge)): Promise<Said> =>
  here.run(helper, "apply", bridge, String(seconds), ...steps);
const stateOf = async (bridge: string) => (await here.run("cat", `${FOLDER}/${bridge}/state`)).stdout;

/** The watchdog is no child of the test's: what it does is waited for. */
async function gone(bridge: string): Promise<void> {
  for (const end = Date.now() + 30_000; Date.now() < end; await sleep(100))
    if ((await here.run("test", "-e", `${FOLDER}/${bridge}`)).code === 1) return;
  throw new Error(`${bridge} is still there`);
}

test("what is applied is undone by the watchdog, without a trace, unless it is confirmed", async () => {
  const before = await here.trace();

  expect(await apply("br1", 3)).toMatchObject({ code: 0, stderr: "" });
  expect(await stateOf("br1")).toBe("waiting");
  const { stdout } = await here.run("ip", "-brief", "link", "show", "master", "br1");
  expect(stdout).toContain("br1-t0");
  await gone("br1");

  expect(await here.trace()).toEqual(before);
});

test("confirmed, it stays until it is undone; a second of that name is refused", async () => {
  const before = await here.trace();
  await apply("br2", 60);

  await here.run("touch", `${FOLDER}/br2/asks/confirm`);
  for (const end = Date.now() + 30_000; Date.now() < end && (await stateOf("br2")) === "waiting"; ) await sleep(50);
  expect(await stateOf("br2")).toBe("confirmed");
  expect(await here.run(helper, "watch", "br2", "1")).toMatchObject({ code: 0, stderr: "" });
  expect(await stateOf("br2")).toBe("confirmed");
  expect(await apply("br2", 1)).toMatchObject({ code: 3, stderr: "br2 is set up already" });
  expect(await here.run(helper, "undo", "br2")).toMatchObject({ code: 0, stderr: "" });

  expect(await here.trace()).toEqual(before);
  expect((await here.run(helper, "undo", "br2")).code).toBe(3);
});

test("its owner undoes it while it waits, without being root again", async () => {
  const before = await here.trace();
  await apply("br3", 60);

  await here.run("touch", `${FOLDER}/br3/asks/undo`);
  await gone("br3");

  expect(await here.trace()).toEqual(before);
});

test("a link, a pipe, a folder or another account's file among what is asked asks for nothing", async () => {
  const before = await here.trace();
  const asks = (bridge: string) => `${FOLDER}/${bridge}/asks`;
  const plants: [string, string][] = [
    ["br5", "ln -s /etc/passwd $0/confirm"],
    ["br6", "mkfifo $0/confirm"],
    ["br7", "mkdir $0/confirm"],
    ["br8", "touch $0/confirm && chown 12345 $0/confirm"],
  ];
  await apply("br9", 60, ["bridge", "br9", "02:00:00:00:00:09"]);
  await here.run("sh", "-c", "ln -s /etc/passwd $0/undo", asks("br9"));

  for (const [bridge, plant] of plants) {
    await apply(bridge, 2, ["bridge", bridge, "02:00:00:00:00:01"]);
    expect((await here.run("sh", "-c", plant, asks(bridge))).code).toBe(0);
  }

  // Confirmed, they would stay; undone by the link, the last one would be gone by now.
  for (const [bridge] of plants) await gone(bridge);
  expect(await stateOf("br9")).toBe("waiting");
  expect(await here.run(helper, "undo", "br9")).toMatchObject({ code: 0 });
  expect(await here.trace()).toEqual(before);
});

test("a step that fails half way undoes those before it, and nothing of anybody else's", async () => {
  await here.ip("link add name taken type bridge");
  const before = await here.trace();

  const steps = [...stepsOf("br4"), "tap", "taken", "0"];
  const said = await apply("br4", 60, steps);

  expect(said).toMatchObject({ code: 4 });
  expect(helperProblem(["apply"], said.code, said.stderr)).toMatchObject({
    code: "network.failed",
    message:
      "ip tuntap add dev taken mode tap user 0 failed (there is an interface taken already); everything before it was undone",
  });
  expect(await here.trace()).toEqual(before);
  await gone("br4");
  await here.ip("link del dev taken");
});

test("what was left by a helper that was killed is undone: one step more than was done, never one less", async () => {
  const before = await here.trace();
  await here.ip("link add name br5 type bridge");
  const folder = `${FOLDER}/br5`;
  const lines = "bridge br5 02:00:00:00:00:01\\nup br5\\naddress-add br5 10.9.5.1/24 - global - - - -\\n";
  await here.run(
    "sh",
    "-c",
    `mkdir -p ${folder}/asks && echo applying >${folder}/state && printf '${lines}' >${folder}/steps`,
  );

  await here.run(helper, "watch", "br5", "1");

  expect(await stateOf("br5")).toBe("failed");
  expect((await here.run("cat", `${folder}/said`)).stdout).not.toBe("");
  await here.run(helper, "undo", "br5");
  expect(await here.trace()).toEqual(before);
});

const refusals: [string, string[]][] = [
  ["a shell's word for a name", ["bridge", "br0;reboot", "02:00:00:00:00:01"]],
  ["an option for a name", ["up", "-batch"]],
  ["a path for a name", ["up", "../../x"]],
  ["a name that is too long", ["up", "a234567890123456"]],
  ["two names in one word", ["up", "br0 br1"]],
  ["a line's end in a word", ["up", "br0\nup br1"]],
  ["a group's MAC", ["bridge", "br0", "03:00:00:00:00:01"]],
  ["a name for a number", ["tap", "t0", "root"]],
  ["a number that is another one to a shell", ["tap", "t0", "010"]],
  ["an address without a prefix", ["address-add", "br0", "10.0.0.1", "-", "global", "-", "-", "-", "-"]],
  ["a word for an address", ["address-add", "br0", "any/0", "-", "global", "-", "-", "-", "-"]],
  ["a flag of its own making", ["address-add", "br0", "10.0.0.1/8", "-", "global", "-", "noprefixroute,x", "-", "-"]],
  ["a word for a gateway", ["route-add", "br0", "default4", "dead", "static", "-", "-", "-", "-"]],
  ["a word too many in a route", ["route-add", "br0", "default4", "-", "static", "-", "-", "-", "table"]],
  ["a step that there is none of", ["exec", "reboot"]],
  ["a step with too few words", ["bridge", "br0"]],
];

test.each(refusals)("%s is refused before anything is done", async (_, words) => {
  const before = await here.trace();

  expect(await apply("br6", 60, ["bridge", "br6", "02:00:00:00:00:01", ...words])).toMatchObject({ code: 2 });

  expect(await here.trace()).toEqual(before);
  expect((await here.run("test", "-e", `${FOLDER}/br6`)).code).toBe(1);
});

test("what an exit means depends on what was asked for, whether it said anything or not", () => {
  expect(helperProblem(["apply", "br0"], 3, "").code).toBe("network.exists");
  expect(helperProblem(["undo", "br0"], 3, "").code).toBe("network.not-found");
  expect(helperProblem(["undo", "br0"], 127, "").code).toBe("network.privilege");
});

test("a time that a shell reads otherwise is refused, and leaves nothing behind", async () => {
  expect(await here.run(helper, "apply", "br9", "08", ...stepsOf("br9"))).toMatchObject({ code: 2 });

  expect((await here.run("ls", "-A", FOLDER)).stdout).not.toContain("br9");
});

test("whatever words it is given, what would be run is ip with words of its grammar", async () => {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * n);
  };
  const strange = [
    "",
    "-",
    "--",
    ";",
    "$(id)",
    "`id`",
    "*",
    "a b",
    "-x",
    "\t",
    "é",
    "0x1",
    "..",
    "\\",
    "'",
    '"',
    "%s",
    "1e9",
  ];
  const known =
    /^(ip|-[46]|link|address|route|tuntap|add|del|set|name|dev|type|bridge|mode|tap|user|master|nomaster|up|down)$/;
  const value = /^([A-Za-z][A-Za-z0-9._-]{0,14}(:[A-Za-z0-9._-]+)?|\d{1,10}|[0-9a-f.:]+(\/\d{1,10})?)$/;
  let accepted = 0;

  const tries = Array.from({ length: 150 }, async () => {
    const words = stepsOf("br7");
    for (let n = random(3); n > 0; n--) {
      const other = [...strange, ...words][random(strange.length + words.length)] ?? "";
      const at = random(words.length);
      if (random(2) === 0) words[at] = other;
      else words[at] = `${words[at]}${other}`;
    }
    const { exitCode, stdout } = await execa(helper, ["plan", ...words], { reject: false });
    expect([0, 2]).toContain(exitCode);
    if (exitCode !== 0) return;
    accepted++;
    for (const line of stdout.split("\n")) {
      const [sign, ip, ...rest] = line.split(" ");
      expect([sign === "+" || sign === "-", ip]).toEqual([true, "ip"]);
      for (const word of rest) expect(known.test(word) || value.test(word), line).toBe(true);
    }
  });
  await Promise.all(tries);

  expect(accepted).toBeGreaterThan(30);
  expect(accepted).toBeLessThan(145);
});

test("a script that anybody else can change is not run as root", async () => {
  expect(await exposedPart("/usr/bin")).toBeUndefined();
  expect(await exposedPart("/usr/nothing-here")).toBe("/usr/nothing-here");
  expect(await exposedPart("/tmp")).toBe("/tmp");
  const commandOf = (installed: string) =>
    new BridgeHelper(helper, { installed, isRoot: false }).command(["undo", "br0"]);

  await expect(commandOf("/usr/nothing-here")).rejects.toThrow(/not installed yet/);
  await expect(commandOf(process.execPath)).rejects.toThrow(/belongs to another version of Unideck/);
  const copy = join(await mkdtemp(join(tmpdir(), "unideck-helper-")), "helper");
  await copyFile(helper, copy);
  await expect(commandOf(copy)).rejects.toThrow(/Users other than root can change/);
  await rm(dirname(copy), { recursive: true });
});

test("nobody but root can hold the lock, and so keep the watchdog from its work", async () => {
  await apply("br8", 60);

  const { stdout } = await here.run(
    "stat",
    "--format=%a %n",
    `${FOLDER}/br8/lock`,
    `${FOLDER}/br8/asks`,
    `${FOLDER}/br8/state`,
  );

  expect(stdout.split("\n").map((line) => line.split(" ")[0])).toEqual(["600", "700", "644"]);
  await here.run(helper, "undo", "br8");
});
